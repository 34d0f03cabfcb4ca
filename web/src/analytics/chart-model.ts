// SPDX-License-Identifier: Apache-2.0
// What one chart shows, free of any library.
import type { Cell, Interval } from './grid'
import type { Shade } from './marks'

export interface ChartLine {
  /** Named in tests and exports. */
  name: string
  values: readonly Cell[]
  /** A token of the design, such as --ch-0. */
  colour: string
  dash: readonly number[]
  width: number
  alpha: number
  axis: 'left' | 'right'
  /** Lowest and highest values around the line. */
  low?: readonly Cell[]
  high?: readonly Cell[]
  envelopeAlpha?: number
}

export interface ChartModel {
  fromMs: number
  toMs: number
  xs: readonly number[]
  bucketMs: number
  lines: readonly ChartLine[]
  /** Areas between two lines of values. */
  areas: readonly { low: readonly Cell[]; high: readonly Cell[]; colour: string; alpha: number }[]
  left: { scale: readonly [number, number]; unit: string }
  right: { scale: readonly [number, number]; unit: string } | null
  shades: readonly Shade[]
  /** Drawn hatched: nothing is known. */
  gaps: readonly Interval[]
  limits: readonly { value: number; text: string }[]
}

/** Runs of indices that a line joins, with the indices inside that have a value. */
export function runsOf(values: readonly Cell[]): number[][] {
  const runs: number[][] = []
  let run: number[] = []
  values.forEach((value, i) => {
    if (value === null) {
      if (run.length > 0) runs.push(run)
      run = []
    } else if (value !== undefined) run.push(i)
  })
  if (run.length > 0) runs.push(run)
  return runs
}

/** Colour and dashes of the n-th line: eight colours, then the same with dashes, then with dots. */
export const kColours = 8
const kDashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3]]

export function styleOf(index: number): { colour: string; dash: readonly number[] } {
  return { colour: `--ch-${index % kColours}`, dash: kDashes[Math.floor(index / kColours) % kDashes.length]! }
}
