// SPDX-License-Identifier: Apache-2.0
// One vehicle's values in the units that people read; null = absent.
import { kStates, type Limits, type State, type VehicleStore } from './vehicle-store'
import { kNoI16, kNoPosition, kNoU16 } from './wire'
import { zoneName } from './query'

export interface VehicleValues {
  id: string
  state: State
  speedClass: number
  speed: number | null
  heading: number | null
  battery: number | null
  temp: number | null
  humidity: number | null
  zone: string | null
  lat: number | null
  lon: number | null
  /** Of the newest record and of the newest position, ms since 1970. */
  ts: number | null
  posTs: number | null
}

export function valuesOf(store: VehicleStore, slot: number, nowMs: number, limits: Limits): VehicleValues {
  const u16 = (column: Uint16Array) => (column[slot] === kNoU16 ? null : column[slot]! / 100)
  const time = (column: Float64Array) => (Number.isNaN(column[slot]!) ? null : column[slot]!)
  const placed = store.lat[slot] !== kNoPosition
  return {
    id: store.ids[slot] ?? '',
    state: kStates[store.state(slot, nowMs, limits)]!,
    speedClass: store.speedClass(slot, nowMs, limits),
    speed: u16(store.speed),
    heading: u16(store.heading),
    battery: u16(store.battery),
    temp: store.temp[slot] === kNoI16 ? null : store.temp[slot]! / 100,
    humidity: u16(store.humidity),
    zone: zoneName(store, slot) || null,
    lat: placed ? store.lat[slot]! / 1e7 : null,
    lon: placed ? store.lon[slot]! / 1e7 : null,
    ts: time(store.ts),
    posTs: time(store.posTs),
  }
}

const kPoints = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const

export function compassPoint(heading: number): (typeof kPoints)[number] {
  return kPoints[Math.round((((heading % 360) + 360) % 360) / 45) % 8]!
}
