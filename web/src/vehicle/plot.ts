// SPDX-License-Identifier: Apache-2.0
// A metric of the day as a path: at most two points for each pixel column (its least and its greatest value), gaps left open.
import { kGapMs } from '../live/trail'
import type { DayTrack, Metric, Span } from './day-track'

export interface Scale {
  bottom: number
  top: number
}

export interface Plot {
  d: string
  /** Values that stand alone between gaps, which no line shows. */
  dots: readonly { x: number; y: number }[]
  /** Several values share a column. */
  thinned: boolean
}

export function rangeOf(track: DayTrack, metric: Metric): Scale | null {
  let bottom = Infinity
  let top = -Infinity
  for (const value of track.metrics[metric]) {
    if (Number.isNaN(value)) continue
    bottom = Math.min(bottom, value)
    top = Math.max(top, value)
  }
  return bottom > top ? null : { bottom, top }
}

/** Round ends for an axis. Speed begins at 0, a battery never leaves 0…100. */
export function scaleOf(metric: Metric, range: Scale): Scale {
  if (metric === 'speed') return { bottom: 0, top: [30, 60, 90, 130, 160, 200, 300].find((top) => range.top <= top) ?? 300 }
  const step = metric === 'battery' ? 20 : 5
  const bottom = Math.floor((range.bottom - 0.01) / step) * step + 0
  const top = Math.ceil((range.top + 0.01) / step) * step + 0
  return metric === 'battery' ? { bottom: Math.max(0, bottom), top: Math.min(100, top) } : { bottom, top }
}

export function plotOf(track: DayTrack, metric: Metric, span: Span, scale: Scale, width: number, height: number): Plot {
  const values = track.metrics[metric]
  const dots: { x: number; y: number }[] = []
  const parts: string[] = []
  let run: { x: number; y: number }[] = []
  let thinned = false
  let before = -Infinity
  // The records of the pixel column that is being filled: its least and its greatest value, and how many.
  let column = -1
  let least = -1
  let greatest = -1
  let held = 0
  const y = (i: number) => height - ((values[i]! - scale.bottom) / (scale.top - scale.bottom)) * height
  const flush = () => {
    if (held === 0) return
    run.push({ x: column, y: y(Math.min(least, greatest)) })
    if (least !== greatest) run.push({ x: column, y: y(Math.max(least, greatest)) })
    thinned ||= held > 2
    held = 0
  }
  const close = () => {
    flush()
    if (run.length === 1) dots.push(run[0]!)
    else if (run.length > 1) parts.push(`M${run.map((p) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join('L')}`)
    run = []
  }
  for (let i = 0; i < track.count; i++) {
    const ms = track.ts[i]!
    if (Number.isNaN(values[i]!) || ms < span.fromMs || ms > span.toMs) continue
    if (ms - before > kGapMs) close()
    before = ms
    const x = Math.round((2 * (ms - span.fromMs) * width) / (span.toMs - span.fromMs)) / 2
    if (x !== column || held === 0) {
      flush()
      column = x
      least = i
      greatest = i
    }
    if (values[i]! < values[least]!) least = i
    if (values[i]! > values[greatest]!) greatest = i
    held++
  }
  close()
  return { d: parts.join(''), dots, thinned }
}

/** The hours around what is known of a day: whole hours, at least one; the whole day when nothing is known. */
export function hoursAround(day: Span, firstMs: number | null, lastMs: number | null): Span {
  const hour = 3_600_000
  if (firstMs === null || lastMs === null) return day
  const fromMs = Math.max(day.fromMs, Math.floor(firstMs / hour) * hour)
  const toMs = Math.min(day.toMs, Math.max(fromMs + hour, Math.ceil((lastMs + 1) / hour) * hour))
  return { fromMs, toMs }
}
