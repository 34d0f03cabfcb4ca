// SPDX-License-Identifier: Apache-2.0
// Paths of the small chart of an alert. Pure.
import type { HistoryRecord } from '../api/types'
import { kGapMs } from '../live/trail'
import { type Metric, metricAt } from './values'

export interface ChartShape {
  line: string
  bottom: number
  top: number
  values: number
}

/** A line in a box of width × height; a silence longer than a gap, or a record without the metric, is no line. */
export function chartShape(records: readonly HistoryRecord[], metric: Metric, limit: number | null, fromMs: number, toMs: number, width: number, height: number): ChartShape | null {
  const points = records.flatMap((record) => {
    const value = metricAt(record, metric)
    return value === null ? [] : [{ ms: Date.parse(record.ts), value }]
  })
  if (points.length === 0) return null
  const all = [...points.map((p) => p.value), ...(limit === null ? [] : [limit])]
  const low = Math.min(...all)
  const high = Math.max(...all)
  const room = Math.max(1, (high - low) * 0.12)
  const bottom = metric === 'temp_c' ? low - room : Math.max(0, low - room)
  const top = high + room
  let line = ''
  let before = -Infinity
  for (const { ms, value } of points) {
    const x = ((ms - fromMs) / (toMs - fromMs)) * width
    const y = height - ((value - bottom) / (top - bottom)) * height
    line += `${ms - before > kGapMs ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
    before = ms
  }
  return { line, bottom, top, values: points.length }
}
