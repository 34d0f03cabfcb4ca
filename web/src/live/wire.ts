// SPDX-License-Identifier: Apache-2.0
// The messages of the live protocol ft.live.1 (api/live.md) and the shapes that a decoded frame takes in this program.

export const kSubprotocol = 'ft.live.1'
export const kMagic = 0x5446
export const kHeaderBytes = 24

export const kNoPosition = -2147483648
export const kNoU16 = 65535
export const kNoI16 = -32768
export const kNoU32 = 4294967295

export const kFlagMoving = 1
export const kFlagCharging = 2
export const kFlagIgnition = 4

/** Values as the server computes them over the whole fleet; null = nothing carries the value, or not known yet. */
export interface Kpis {
  fleet: string
  as_of: string
  devices: number
  active_devices: number
  avg_speed_kmh: number | null
  avg_battery_pct: number | null
  critical_alerts: number | null
}

export type ServerMessage =
  | { type: 'welcome'; epoch: number; tick_ms: number; stale_s: number; offline_s: number; version: string }
  | { type: 'snap'; fleet: string; seq: number; devices: number }
  | { type: 'resume'; fleet: string; seq: number }
  | { type: 'ids'; first: number; ids: string[] }
  | { type: 'zones'; first: number; zones: string[] }
  | ({ type: 'kpi' } & Kpis)
  | { type: 'lag'; ms: number }
  | { type: 'pong'; t: number }

/**
 * Rows of changed vehicles. Columns have equal length; units are those of the wire (1e-2, NaN-free, see the kNo… constants)
 * except position (`x`, `y`: Web Mercator in [0, 1], NaN = none, beside exact degrees) and times (ms since 1970, NaN = none).
 */
export interface Rows {
  count: number
  slot: Uint32Array
  lat: Int32Array
  lon: Int32Array
  x: Float64Array
  y: Float64Array
  ts: Float64Array
  posTs: Float64Array
  speed: Uint16Array
  heading: Uint16Array
  battery: Uint16Array
  temp: Int16Array
  humidity: Uint16Array
  zone: Uint16Array
  flags: Uint8Array
}

export interface Frame extends Rows {
  kind: 'snap' | 'delta'
  epoch: number
  seq: number
  baseMs: number
}

/** The buffers behind the columns, each once, to hand a frame from one thread to another without a copy. */
export function transferables(rows: Rows): ArrayBuffer[] {
  const columns = [rows.slot, rows.lat, rows.lon, rows.x, rows.y, rows.ts, rows.posTs, rows.speed, rows.heading,
    rows.battery, rows.temp, rows.humidity, rows.zone, rows.flags]
  return [...new Set(columns.map((column) => column.buffer as ArrayBuffer))]
}
