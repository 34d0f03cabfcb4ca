// SPDX-License-Identifier: Apache-2.0
// The records of a vehicle's day as columns, and what is known at any instant of it. Pure.
import type { TrackRecord } from '../api/types'
import { kGapMs } from '../live/trail'

export const kMetrics = ['speed', 'battery', 'temp'] as const
export type Metric = (typeof kMetrics)[number]

export interface DayTrack {
  readonly count: number
  readonly ts: Float64Array
  /** NaN = the record carries none; likewise the others. */
  readonly lat: Float64Array
  readonly lon: Float64Array
  readonly heading: Float32Array
  readonly metrics: Readonly<Record<Metric, Float32Array>>
  /** Indices of the records that have a position. */
  readonly fixes: Int32Array
}

export interface Span {
  fromMs: number
  toMs: number
}

/** What is known of the vehicle at an instant. */
export interface Instant {
  lat: number
  lon: number
  /** Of the record at or before the instant. */
  heading: number | null
  speed: number | null
  battery: number | null
  temp: number | null
  /** Time of the last fix at or before; of the first one when the instant lies before it. */
  fixMs: number
  /** Between two fixes that are further apart in time than a gap, before the first or after the last: the place is not known. */
  unknown: boolean
}

/** Records in time order. */
export function trackOf(records: readonly TrackRecord[]): DayTrack {
  const n = records.length
  const column = (value: (record: TrackRecord) => number | undefined) => Float32Array.from(records, (r) => value(r) ?? Number.NaN)
  const placed = (r: TrackRecord) => r.lat !== undefined && r.lon !== undefined
  return {
    count: n,
    ts: Float64Array.from(records, (r) => Date.parse(r.ts)),
    lat: Float64Array.from(records, (r) => (placed(r) ? r.lat! : Number.NaN)),
    lon: Float64Array.from(records, (r) => (placed(r) ? r.lon! : Number.NaN)),
    heading: column((r) => r.heading_deg),
    metrics: { speed: column((r) => r.speed_kmh), battery: column((r) => r.battery_pct), temp: column((r) => r.temp_c) },
    fixes: Int32Array.from(records.flatMap((r, i) => (placed(r) ? [i] : []))),
  }
}

/** Silences between fixes. */
export function gapsOf(track: DayTrack): Span[] {
  const gaps: Span[] = []
  for (let i = 1; i < track.fixes.length; i++) {
    const fromMs = track.ts[track.fixes[i - 1]!]!
    const toMs = track.ts[track.fixes[i]!]!
    if (toMs - fromMs > kGapMs) gaps.push({ fromMs, toMs })
  }
  return gaps
}

/** Null when the day has no position at all. */
export function instantAt(track: DayTrack, atMs: number): Instant | null {
  const { fixes, ts, lat, lon } = track
  if (fixes.length === 0) return null
  const after = firstAfter(fixes.length, (i) => ts[fixes[i]!]!, atMs)
  const values = (i: number) => ({
    heading: valueOf(track.heading, track, i, atMs), speed: valueOf(track.metrics.speed, track, i, atMs),
    battery: valueOf(track.metrics.battery, track, i, atMs), temp: valueOf(track.metrics.temp, track, i, atMs),
  })
  const record = firstAfter(track.count, (i) => ts[i]!, atMs) - 1
  if (after === 0) {
    const first = fixes[0]!
    return { lat: lat[first]!, lon: lon[first]!, ...values(record), fixMs: ts[first]!, unknown: true }
  }
  const a = fixes[after - 1]!
  const fixMs = ts[a]!
  if (after === fixes.length) return { lat: lat[a]!, lon: lon[a]!, ...values(record), fixMs, unknown: atMs > fixMs }
  const b = fixes[after]!
  if (ts[b]! - fixMs > kGapMs) return { lat: lat[a]!, lon: lon[a]!, ...values(record), fixMs, unknown: atMs > fixMs }
  const share = (atMs - fixMs) / (ts[b]! - fixMs)
  const heading = values(record).heading ?? bearing(lat[a]!, lon[a]!, lat[b]!, lon[b]!)
  return { lat: lat[a]! + share * (lat[b]! - lat[a]!), lon: lon[a]! + share * shortest(lon[b]! - lon[a]!), ...values(record), heading, fixMs, unknown: false }
}

/** Time of the fix nearest to a place, within `reach` degrees of latitude; null = none. Of equally near ones the nearest in time to `nearMs`. */
export function timeNear(track: DayTrack, lat: number, lon: number, reach: number, nearMs: number): number | null {
  const squeeze = Math.cos((lat * Math.PI) / 180)
  let best: number | null = null
  let bestScore = Infinity
  for (const i of track.fixes) {
    const d = Math.hypot(track.lat[i]! - lat, shortest(track.lon[i]! - lon) * squeeze)
    if (d > reach) continue
    // Whole steps of half the reach: where the way was driven twice, time decides.
    const score = Math.round((2 * d) / reach) * 1e12 + Math.abs(track.ts[i]! - nearMs)
    if (score < bestScore) {
      bestScore = score
      best = track.ts[i]!
    }
  }
  return best
}

/** Index of the first of `n` ascending values that is above `limit`. */
export function firstAfter(n: number, value: (i: number) => number, limit: number): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >> 1
    if (value(middle) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/** The newest value at or before a record that is not older than a gap. */
function valueOf(column: Float32Array, track: DayTrack, record: number, atMs: number): number | null {
  for (let i = record; i >= 0 && atMs - track.ts[i]! <= kGapMs; i--) {
    if (!Number.isNaN(column[i]!)) return column[i]!
  }
  return null
}

function shortest(degrees: number): number {
  return degrees - 360 * Math.round(degrees / 360)
}

function bearing(lat0: number, lon0: number, lat1: number, lon1: number): number | null {
  const dy = lat1 - lat0
  const dx = shortest(lon1 - lon0) * Math.cos((lat0 * Math.PI) / 180)
  return dx === 0 && dy === 0 ? null : ((Math.atan2(dx, dy) * 180) / Math.PI + 360) % 360
}
