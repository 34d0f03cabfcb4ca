// SPDX-License-Identifier: Apache-2.0
// The charts of the page as models: comparison, bands, and the three of one vehicle. Pure.
import type { ChartLine, ChartModel } from './chart-model'
import { styleOf } from './chart-model'
import type { Grid, Line } from './grid'
import type { Shade } from './marks'
import { kMetricInfo, type Metric, scaleOf } from './metrics'
import type { Bands } from './percentiles'

export interface Around {
  fromMs: number
  toMs: number
  shades: readonly Shade[]
  limits: readonly { value: number; text: string }[]
  tight: boolean
}

/** A line for each shown vehicle in the colour of its place in `order`; `before` = the same vehicles a day earlier, thin. */
export function compareModel(grid: Grid, metric: Metric, order: readonly string[], shown: (device: string) => boolean, around: Around, before: Grid | null): ChartModel {
  const lines = grid.lines.filter((line) => shown(line.device))
  const earlier = before?.bucketMs === grid.bucketMs && before.xs.length === grid.xs.length ? before.lines.filter((line) => shown(line.device)) : []
  const alpha = lines.length <= 3 ? 0.2 : lines.length <= 8 ? 0.13 : 0.08
  const [low, high] = extent([...lines, ...earlier])
  return {
    ...frame(grid, around),
    left: { scale: scaleOf(metric, low, high, around.tight), unit: kMetricInfo[metric].unit },
    lines: [
      ...lines.map((line) => vehicleLine(line, styleOf(order.indexOf(line.device)), 'left', alpha)),
      ...earlier.map((line): ChartLine => ({
        name: `${line.device} −1`, values: line.mean, colour: styleOf(order.indexOf(line.device)).colour, dash: [2, 3], width: 1, alpha: 0.75, axis: 'left',
      })),
    ],
    gaps: lines.length === 1 ? lines[0]!.gaps : [],
  }
}

export function bandsModel(bands: Bands, metric: Metric, around: Around): ChartModel {
  const numbers = (cells: readonly unknown[]) => cells.filter((cell) => typeof cell === 'number')
  const low = Math.min(...numbers(bands.low))
  const high = Math.max(...numbers(bands.high))
  const [p10, p25, p50, p75, p90] = bands.percentiles as [Bands['low'], Bands['low'], Bands['low'], Bands['low'], Bands['low']]
  const thin = { colour: '--ch-0', dash: [2, 3], width: 1, alpha: 0.7, axis: 'left' } as const
  return {
    ...frame(bands, around),
    left: { scale: scaleOf(metric, low, high, around.tight), unit: kMetricInfo[metric].unit },
    areas: [{ low: p10, high: p90, colour: '--ch-0', alpha: 0.16 }, { low: p25, high: p75, colour: '--ch-0', alpha: 0.26 }],
    lines: [{ ...thin, name: 'min', values: bands.low }, { ...thin, name: 'max', values: bands.high }, { name: 'p50', values: p50, colour: '--ch-0', dash: [], width: 2, alpha: 1, axis: 'left' }],
  }
}

/** One metric of one vehicle, or two with a scale each. */
export function vehicleModel(parts: readonly { metric: Metric; grid: Grid; line: Line; colour: string; dash: readonly number[] }[], around: Around): ChartModel {
  const [first, second] = [parts[0]!, parts[1]]
  const scale = (part: typeof first) => ({ scale: scaleOf(part.metric, part.line.low, part.line.high, around.tight), unit: kMetricInfo[part.metric].unit })
  return {
    ...frame(first.grid, around),
    left: scale(first),
    right: second ? scale(second) : null,
    lines: parts.map((part, i) => ({ ...vehicleLine(part.line, part, i === 0 ? 'left' : 'right', i === 0 ? 0.24 : 0.12), name: part.metric })),
    gaps: first.line.gaps,
  }
}

function frame(grid: Pick<Grid, 'xs' | 'bucketMs'>, around: Around): ChartModel {
  return {
    fromMs: around.fromMs, toMs: around.toMs, xs: grid.xs, bucketMs: grid.bucketMs, lines: [], areas: [], left: { scale: [0, 1], unit: '' }, right: null, shades: around.shades, gaps: [], limits: around.limits,
  }
}

function vehicleLine(line: Line, style: { colour: string; dash: readonly number[] }, axis: 'left' | 'right', envelopeAlpha: number): ChartLine {
  return { name: line.device, values: line.mean, low: line.min, high: line.max, colour: style.colour, dash: style.dash, width: 1.6, alpha: 1, axis, envelopeAlpha }
}

function extent(lines: readonly Line[]): [number, number] {
  return [Math.min(...lines.map((line) => line.low)), Math.max(...lines.map((line) => line.high))]
}
