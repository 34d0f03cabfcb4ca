// SPDX-License-Identifier: Apache-2.0
// Many vehicles as bands: for each bucket the percentiles over the vehicles of each vehicle's mean in that bucket. A vehicle counts once,
// however often it reports; one without a value in the bucket does not count. Pure.
import type { Cell, Grid } from './grid'
import { kGapMs } from './grid'

export const kPercents = [10, 25, 50, 75, 90] as const

export interface Bands {
  bucketMs: number
  xs: number[]
  /** In the order of kPercents. */
  percentiles: Cell[][]
  /** Lowest and highest single value of any vehicle: no spike is lost. */
  low: Cell[]
  high: Cell[]
  /** Vehicles with a value. */
  vehicles: number[]
}

export function bandsOf(grid: Grid): Bands {
  const length = grid.xs.length
  const cells = () => Array.from<Cell>({ length }).fill(undefined)
  const bands: Bands = { bucketMs: grid.bucketMs, xs: grid.xs, percentiles: kPercents.map(cells), low: cells(), high: cells(), vehicles: Array.from<number>({ length }).fill(0) }
  const all = [...bands.percentiles, bands.low, bands.high]
  let last = -1
  for (let i = 0; i < length; i++) {
    const values: number[] = []
    let low = Infinity
    let high = -Infinity
    for (const line of grid.lines) {
      const mean = line.mean[i]
      if (typeof mean !== 'number') continue
      values.push(mean)
      low = Math.min(low, line.min[i] ?? mean)
      high = Math.max(high, line.max[i] ?? mean)
    }
    if (values.length === 0) continue
    values.sort((a, b) => a - b)
    kPercents.forEach((percent, p) => { bands.percentiles[p]![i] = percentileOf(values, percent) })
    bands.low[i] = low
    bands.high[i] = high
    bands.vehicles[i] = values.length
    if (last < 0 || (i - last - 1) * grid.bucketMs >= kGapMs) for (const column of all) column.fill(null, last + 1, i)
    last = i
  }
  for (const column of all) column.fill(null, last + 1)
  return bands
}

/** Linear between the closest ranks (the usual definition, "type 7"). `sorted` is ascending and not empty. */
export function percentileOf(sorted: readonly number[], percent: number): number {
  const rank = (percent / 100) * (sorted.length - 1)
  const below = Math.floor(rank)
  const low = sorted[below]!
  return low + (rank - below) * ((sorted[below + 1] ?? low) - low)
}
