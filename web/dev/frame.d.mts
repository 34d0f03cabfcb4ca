// SPDX-License-Identifier: Apache-2.0
export interface WireVehicle {
  slot: number
  ts?: number
  pos_ts?: number
  lat?: number
  lon?: number
  speed_kmh?: number
  heading_deg?: number
  battery_pct?: number
  temp_c?: number
  humidity_pct?: number
  zone?: string
}
export function encodeFrame(type: 1 | 2, epoch: number, seq: number, baseMs: number, vehicles: readonly WireVehicle[], zones: readonly string[]): ArrayBuffer
