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
  lat: number
  lon: number
  speed: number | null
  heading: number | null
  ms: number
}

/** Between two fixes on the straight way from one to the other, unless they are a gap apart; after the last one there. Null = not known. */
export function placeAt(fixes: readonly Fix[], ms: number): Placed | null {
  let before: Fix | null = null
  for (const fix of fixes) {
    if (fix.lat === undefined || fix.lon === undefined) continue
    const at = Date.parse(fix.ts)
    if (at <= ms) {
      before = fix
      continue
    }
    if (before === null) return null
    const from = Date.parse(before.ts)
    if (at - from > kGapMs) break
    const share = (ms - from) / (at - from)
    return { ...placed(before), lat: before.lat! + (fix.lat - before.lat!) * share, lon: before.lon! + (fix.lon - before.lon!) * share }
  }
  return before === null ? null : placed(before)
}

function placed(fix: Fix): Placed {
  return { lat: fix.lat!, lon: fix.lon!, speed: fix.speed_kmh ?? null, heading: fix.heading_deg ?? null, ms: Date.parse(fix.ts) }
}

/** As the map takes it; without a place the vehicle is not drawn. */
export function latestOf(device: string, fleet: string, place: Placed | null): Latest {
  const ts = place === null ? null : new Date(place.ms).toISOString()
  return {
    device_id: device, fleet_id: fleet, ts, pos_ts: ts, lat: place?.lat ?? null, lon: place?.lon ?? null, speed_kmh: place?.speed ?? null, heading_deg: place?.heading ?? null, battery_pct: null, temp_c: null,
    humidity_pct: null, zone: null, state: 'moving', age_s: 0,
  }
}
