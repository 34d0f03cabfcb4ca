// SPDX-License-Identifier: Apache-2.0
// The state of a fleet at the end of a past day, from REST pages to the same columns as a live frame.
import { mercatorX, mercatorY } from '../map/mercator'
import type { Latest } from '../api/types'
import { kFlagMoving, kNoI16, kNoPosition, kNoU16, type Rows } from './wire'

const kMovingKmh = 5

/** Last millisecond of a UTC day. */
export function endOfDayMs(day: string): number {
  return Date.parse(`${day}T23:59:59.999Z`)
}

/** Rows for slots first, first + 1, …; `zoneNumber` gives out numbers for zone names, 0 = none. */
export function rowsFromLatest(items: readonly Latest[], first: number, zoneNumber: (name: string) => number): Rows {
  const n = items.length
  const rows: Rows = {
    count: n, slot: new Uint32Array(n), lat: new Int32Array(n), lon: new Int32Array(n), x: new Float64Array(n),
    y: new Float64Array(n), ts: new Float64Array(n), posTs: new Float64Array(n), speed: new Uint16Array(n),
    heading: new Uint16Array(n), battery: new Uint16Array(n), temp: new Int16Array(n), humidity: new Uint16Array(n),
    zone: new Uint16Array(n), flags: new Uint8Array(n),
  }
  const hundredths = (value: number | null, none: number) => (value === null ? none : Math.round(value * 100))
  items.forEach((item, i) => {
    const placed = item.lat !== null && item.lon !== null
    rows.slot[i] = first + i
    rows.lat[i] = placed ? Math.round(item.lat! * 1e7) : kNoPosition
    rows.lon[i] = placed ? Math.round(item.lon! * 1e7) : kNoPosition
    rows.x[i] = placed ? mercatorX(item.lon!) : Number.NaN
    rows.y[i] = placed ? mercatorY(item.lat!) : Number.NaN
    rows.ts[i] = item.ts === null ? Number.NaN : Date.parse(item.ts)
    rows.posTs[i] = item.pos_ts === null ? Number.NaN : Date.parse(item.pos_ts)
    rows.speed[i] = hundredths(item.speed_kmh, kNoU16)
    rows.heading[i] = hundredths(item.heading_deg, kNoU16)
    rows.battery[i] = hundredths(item.battery_pct, kNoU16)
    rows.temp[i] = hundredths(item.temp_c, kNoI16)
    rows.humidity[i] = hundredths(item.humidity_pct, kNoU16)
    rows.zone[i] = item.zone === null ? 0 : zoneNumber(item.zone)
    rows.flags[i] = (item.speed_kmh ?? 0) > kMovingKmh ? kFlagMoving : 0
  })
  return rows
}
