// SPDX-License-Identifier: Apache-2.0
// Key figures and the distribution of speed of the compared vehicles. Pure.
import type { Trip } from './api'
import type { Grid, Line } from './grid'

export interface Figures {
  distanceM: number
  drivingMs: number
  /** Highest single record, not a mean. */
  maximum: { device: string; value: number } | null
  samples: number
  gaps: number
  gapMs: number
}

/** Trips belong to the range that holds their start, so the figures of two ranges add up to those of both. */
export function figuresOf(grid: Grid, trips: readonly Trip[]): Figures {
  const figures: Figures = { distanceM: 0, drivingMs: 0, maximum: null, samples: 0, gaps: 0, gapMs: 0 }
  for (const trip of trips) {
    figures.distanceM += trip.distance_m
    figures.drivingMs += Date.parse(trip.end) - Date.parse(trip.start)
  }
  for (const line of grid.lines) {
    figures.samples += line.samples
    figures.gaps += line.gaps.length
    figures.gapMs += line.gaps.reduce((sum, gap) => sum + gap.toMs - gap.fromMs, 0)
    if (line.samples > 0 && (figures.maximum === null || line.high > figures.maximum.value)) figures.maximum = { device: line.device, value: line.high }
  }
  return figures
}

export interface Bin {
  from: number
  /** Exclusive; null = and above. */
  to: number | null
  share: number
}

const kBinKmh = 10
const kBins = 15

/** Share of the records by speed, each counted at the mean of its bucket; the last bin is open. Null without records. */
export function distributionOf(lines: readonly Line[]): Bin[] | null {
  const counts = Array.from<number>({ length: kBins }).fill(0)
  let all = 0
  for (const { mean, count } of lines) {
    mean.forEach((value, i) => {
      if (typeof value !== 'number') return
      counts[Math.max(0, Math.min(kBins - 1, Math.floor(value / kBinKmh)))]! += count[i]!
      all += count[i]!
    })
  }
  if (all === 0) return null
  return counts.map((count, i) => ({ from: i * kBinKmh, to: i === kBins - 1 ? null : (i + 1) * kBinKmh, share: count / all }))
}
