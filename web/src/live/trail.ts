// SPDX-License-Identifier: Apache-2.0
// The recent past of one vehicle, for the trail on the map and the chart of its speed.
import type { HistoryRecord } from '../api/types'
import { speedClassOf } from './vehicle-store'

export interface TrailPoint {
  ts: number
  lat: number
  lon: number
  /** Null when the record carries no speed. */
  speed: number | null
  speedClass: number
  /** Nothing is known between this point and the one before: not joined by a line. */
  gap: boolean
}

/** A silence this long is a gap, as in the reports on distance. */
export const kGapMs = 600_000
const kNoSpeed = 65535

export function trailPoint(previous: TrailPoint | undefined, ts: number, lat: number, lon: number, speed: number | null): TrailPoint {
  return {
    ts, lat, lon, speed,
    speedClass: speedClassOf(speed === null ? kNoSpeed : Math.round(speed * 100)),
    gap: previous !== undefined && ts - previous.ts > kGapMs,
  }
}

/** Positions in time order; records without one are left out. */
export function trailOf(records: readonly HistoryRecord[]): TrailPoint[] {
  const points: TrailPoint[] = []
  for (const record of records) {
    if (record.lat === undefined || record.lon === undefined) continue
    points.push(trailPoint(points.at(-1), Date.parse(record.ts), record.lat, record.lon, record.speed_kmh ?? null))
  }
  return points
}

/** Adds the newest position when it is one, and forgets what is older than `fromMs`. Returns the same array if nothing changed. */
export function extendTrail(points: TrailPoint[], next: { ts: number; lat: number; lon: number; speed: number | null }, fromMs: number): TrailPoint[] {
  const last = points.at(-1)
  const kept = points.findIndex((p) => p.ts >= fromMs)
  const isNew = Number.isFinite(next.ts) && (last === undefined || next.ts > last.ts)
  if (!isNew && kept <= 0) return points
  const rest = kept < 0 ? [] : points.slice(kept)
  return isNew ? [...rest, trailPoint(rest.at(-1), next.ts, next.lat, next.lon, next.speed)] : rest
}
