// SPDX-License-Identifier: Apache-2.0
// Where vehicles were at an instant, from their records around it. Pure.
import type { Latest } from '../api/types'
import type { Fix } from './api'
import { kGapMs } from './grid'

const kHourMs = 3_600_000

/** The window of an instant: its UTC hour, and ten minutes before it, so that a position heard before the hour is known. */
export function windowOf(ms: number): { key: number; fromMs: number; toMs: number } {
  const key = Math.floor(ms / kHourMs)
  return { key, fromMs: key * kHourMs - kGapMs, toMs: (key + 1) * kHourMs }
}

export interface Placed {
  ms: number
  lat: number
  lon: number
  speed: number | null
  heading: number | null
}

/** Positions in time order; records without one are left out. */
export function placesOf(fixes: readonly Fix[]): Placed[] {
  return fixes.flatMap((fix) => (fix.lat === undefined || fix.lon === undefined ? [] : [{ ms: Date.parse(fix.ts), lat: fix.lat, lon: fix.lon, speed: fix.speed_kmh ?? null, heading: fix.heading_deg ?? null }]))
}

/** Index of the last place at or before an instant, -1 = none. */
export function indexBefore(places: readonly Placed[], ms: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]!.ms <= ms) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Between two fixes on the straight way from one to the other, unless they are a gap apart; after the last one there. Null = not known. */
export function placeAt(places: readonly Placed[], ms: number): Placed | null {
  const at = indexBefore(places, ms)
  const before = places[at]
  const after = places[at + 1]
  if (!before) return null
  if (!after || after.ms - before.ms > kGapMs) return before
  const share = (ms - before.ms) / (after.ms - before.ms)
  return { ...before, lat: before.lat + (after.lat - before.lat) * share, lon: before.lon + (after.lon - before.lon) * share }
}

/** As the map takes it; without a place the vehicle is not drawn. */
export function latestOf(device: string, fleet: string, place: Placed | null): Latest {
  const ts = place === null ? null : new Date(place.ms).toISOString()
  return {
    device_id: device, fleet_id: fleet, ts, pos_ts: ts, lat: place?.lat ?? null, lon: place?.lon ?? null, speed_kmh: place?.speed ?? null, heading_deg: place?.heading ?? null, battery_pct: null, temp_c: null,
    humidity_pct: null, zone: null, state: 'moving', age_s: 0,
  }
}
