// SPDX-License-Identifier: Apache-2.0
// The points of a chart as CSV (RFC 4180, UTC, decimal point), as many rows as points. Pure.
import type { Grid } from './grid'
import { type Bands, kPercents } from './percentiles'

const kEnd = '\r\n'

/**
 * One row for each bucket of each shown line that has a value. `earlier` holds the lines of an earlier time that are drawn `shiftMs` too
 * late; their rows tell the time when it was.
 */
export function csvOfLines(grid: Grid, field: string, shown: (device: string) => boolean, earlier: Grid | null = null, shiftMs = 0): string {
  const rows = [`device_id,metric,bucket_start,bucket_s,min,mean,max,count`]
  const add = ({ lines, xs, bucketMs }: Grid, backMs: number) => {
    for (const line of lines) {
      if (!shown(line.device)) continue
      xs.forEach((x, i) => {
        if (typeof line.mean[i] === 'number') rows.push([line.device, field, start(x - backMs, bucketMs), bucketMs / 1000, line.min[i], line.mean[i], line.max[i], line.count[i]].join(','))
      })
    }
  }
  add(grid, 0)
  if (earlier) add(earlier, shiftMs)
  return rows.join(kEnd) + kEnd
}

export function csvOfBands(bands: Bands, field: string): string {
  const rows = [`metric,bucket_start,bucket_s,vehicles,min,${kPercents.map((p) => `p${p}`).join(',')},max`]
  bands.xs.forEach((x, i) => {
    if (bands.vehicles[i] === 0) return
    rows.push([field, start(x, bands.bucketMs), bands.bucketMs / 1000, bands.vehicles[i], bands.low[i], ...bands.percentiles.map((p) => p[i]), bands.high[i]].join(','))
  })
  return rows.join(kEnd) + kEnd
}

export function pointsOf(grid: Grid, shown: (device: string) => boolean): number {
  return grid.lines.reduce((sum, line) => sum + (shown(line.device) ? line.mean.filter((value) => typeof value === 'number').length : 0), 0)
}

function start(middleMs: number, bucketMs: number): string {
  return new Date(middleMs - bucketMs / 2).toISOString()
}
