// SPDX-License-Identifier: Apache-2.0
// Series of several vehicles on one time axis, with the silences between the values. Pure.
import type { Series } from './api'

/** A silence this long is a gap, as in the reports on distance. */
export const kGapMs = 600_000

export interface Interval {
  fromMs: number
  toMs: number
}

/** Null: nothing is known, not joined by a line. Undefined: the vehicle was heard shortly before and after. */
export type Cell = number | null | undefined

export interface Line {
  device: string
  mean: Cell[]
  min: Cell[]
  max: Cell[]
  count: number[]
  /** Silences of `kGapMs` or more, also at the ends of the range. */
  gaps: Interval[]
  /** Records that carry the metric. */
  samples: number
  low: number
  high: number
}

export interface Grid {
  bucketMs: number
  /** Middle of each bucket, ms. */
  xs: number[]
  lines: Line[]
}

/**
 * `toMs` is the end of the axis, `knownMs` the time up to which something can be known (now, at most). All series have the same width of
 * bucket, because they were asked for the same range and number of points.
 */
export function gridOf(series: readonly { device: string; answer: Series }[], fromMs: number, toMs: number, knownMs: number): Grid {
  const bucketMs = (series[0]?.answer.bucket_s ?? 60) * 1000
  const first = Math.floor(fromMs / bucketMs)
  const length = Math.max(1, Math.ceil(toMs / bucketMs) - first)
  const xs = Array.from({ length }, (_, i) => (first + i + 0.5) * bucketMs)
  const lines = series.map(({ device, answer }) => lineOf(device, answer, first, length, bucketMs, fromMs, Math.min(toMs, knownMs)))
  return { bucketMs, xs, lines }
}

function lineOf(device: string, answer: Series, first: number, length: number, bucketMs: number, fromMs: number, endMs: number): Line {
  const mean = Array.from<Cell>({ length })
  const min = Array.from<Cell>({ length })
  const max = Array.from<Cell>({ length })
  const count = Array.from<number>({ length }).fill(0)
  const line: Line = { device, mean, min, max, count, gaps: [], samples: 0, low: Infinity, high: -Infinity }
  let heardMs = fromMs
  let next = 0
  const silence = (until: number, untilMs: number) => {
    const gap = untilMs - heardMs >= kGapMs
    if (gap) line.gaps.push({ fromMs: heardMs, toMs: untilMs })
    // Before the first and after the last value there is nothing to join.
    if (gap || next === 0 || until === length) for (let i = next; i < until; i++) mean[i] = min[i] = max[i] = null
  }
  for (const point of answer.points) {
    const startMs = Date.parse(point.t)
    const at = Math.round(startMs / bucketMs) - first
    if (at < 0 || at >= length) continue
    silence(at, startMs)
    mean[at] = point.mean
    min[at] = point.min
    max[at] = point.max
    count[at] = point.count
    line.samples += point.count
    line.low = Math.min(line.low, point.min)
    line.high = Math.max(line.high, point.max)
    next = at + 1
    heardMs = startMs + bucketMs
  }
  silence(length, endMs)
  return line
}

/** Indices of values that have no neighbour to be joined with: they are drawn as dots, else they would not be seen. */
export function lonely(values: readonly Cell[]): number[] {
  const found: number[] = []
  let before: Cell = null
  let at = -1
  let alone = false
  values.forEach((value, i) => {
    if (value === undefined) return
    if (value === null) {
      if (alone) found.push(at)
      alone = false
    } else {
      alone = before === null
      at = i
    }
    before = value
  })
  if (alone) found.push(at)
  return found
}

/** End of the last bucket in which any vehicle has a value. */
export function lastHeardMs(grid: Grid): number | null {
  const last = Math.max(...grid.lines.map((line) => line.count.findLastIndex((n) => n > 0)), -1)
  return last < 0 ? null : grid.xs[last]! + grid.bucketMs / 2 - 1
}

/** The newest value; null when there is none. */
export function lastOf(values: readonly Cell[]): number | null {
  return values.findLast<number>((value) => typeof value === 'number') ?? null
}

/** The nearest value at or around an index, over buckets that the line joins; null inside a gap. */
export function valueNear(values: readonly Cell[], index: number): number | null {
  if (values[index] === null) return null
  for (let d = 0; d < values.length; d++) {
    const left = values[index - d]
    const right = values[index + d]
    if (typeof left === 'number') return left
    if (typeof right === 'number') return right
    if (left === null && right === null) return null
  }
  return null
}
