// SPDX-License-Identifier: Apache-2.0
// A ChartModel drawn with uPlot, and what we draw ourselves on its canvas: alerts, silences, envelopes, limits. Loaded lazily.
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { ChartModel } from './chart-model'
import { runsOf } from './chart-model'
import { type Cell, lonely } from './grid'
import type { TimeText } from './time-text'

export interface PlotOptions {
  width: number
  height: number
  time: TimeText
  /** Writes a value of an axis. */
  number: (value: number) => string
  /** Where the cursor is from the beginning; null = nowhere. */
  at: number | null
  zoom: (fromMs: number, toMs: number) => void
  cursor: (ms: number | null) => void
}

export type Plot = UPlot

const kSync = 'analytics'
const kFont = '11px Inter, system-ui, sans-serif'
/** Of the scales, so that 150 and 100 get a line. */
const kSteps = [0.1, 0.5, 1, 2, 5, 10, 25, 50, 100]
/** A label nearer to the right edge would be cut. */
const kEdgePx = 24
/** Share of the scale from which an extreme stands out. */
const kSpike = 0.1
const kMostTints = 40
const kLeastZoomMs = 10_000

export function makePlot(box: HTMLElement, model: ChartModel, options: PlotOptions): Plot {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(name).trim()
  const text = token('--tx-2')
  const grid = token('--line')
  const axis = { stroke: text, font: kFont, grid: { stroke: grid, width: 1 }, ticks: { show: false } }
  const plot = new UPlot({
    width: options.width,
    height: options.height,
    ms: 1,
    tzDate: (ms) => (options.time.utc ? UPlot.tzDate(new Date(ms), 'Etc/UTC') : new Date(ms)),
    padding: [10, model.right ? 0 : 12, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.25 },
    cursor: {
      y: false,
      points: { size: 7, width: 2, stroke: () => token('--panel'), fill: (_, i) => token(model.lines[i - 1]!.colour) },
      drag: { x: true, y: false, setScale: false, dist: 6 },
      // Only the pointer is shared. A selection belongs to the chart in which it is drawn; the range then comes back to all of them.
      sync: { key: kSync, scales: ['x', null], filters: { pub: shared, sub: shared } },
      bind: { dblclick: () => () => { options.zoom((3 * model.fromMs - model.toMs) / 2, Math.min(Date.now(), (3 * model.toMs - model.fromMs) / 2)); return null } },
    },
    scales: {
      x: { time: true, range: () => [model.fromMs, model.toMs] },
      left: { range: () => [...model.left.scale] },
      ...(model.right ? { right: { range: () => [...model.right!.scale] as [number, number] } } : {}),
    },
    axes: [
      { ...axis, size: 26, gap: 6, space: 76, values: (u, splits, __, ___, step) => options.time.ticks(splits, step).map((label, i) => (u.valToPos(splits[i]!, 'x') > u.bbox.width / UPlot.pxRatio - kEdgePx ? '' : label)) },
      { ...axis, scale: 'left', size: 40, gap: 4, space: 30, incrs: kSteps, values: (_, splits) => splits.map((v) => options.number(v)) },
      ...(model.right ? [{ ...axis, scale: 'right', side: 1 as const, size: 36, gap: 4, space: 30, incrs: kSteps, grid: { show: false }, values: (_: UPlot, splits: number[]) => splits.map((v) => options.number(v)) }] : []),
    ],
    series: [
      {},
      ...model.lines.map((line) => ({
        label: line.name, scale: line.axis, stroke: token(line.colour), width: line.width, alpha: line.alpha, dash: [...line.dash],
        points: { show: true, size: 5, filter: dots(line.values), fill: token(line.colour), width: 0 },
      })),
    ],
    hooks: {
      // Not before: a chart without scales knows no places.
      ready: [(u) => { if (options.at !== null) pointAt(u, options.at) }],
      drawClear: [(u) => drawBehind(u, model, token)],
      drawAxes: [(u) => drawAreas(u, model, token)],
      draw: [(u) => drawLimits(u, model, token)],
      setSelect: [(u) => {
        const from = u.posToVal(u.select.left, 'x')
        const to = u.posToVal(u.select.left + u.select.width, 'x')
        if (u.select.width <= 0) return
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        if (to - from >= kLeastZoomMs) options.zoom(from, to)
      }],
      setCursor: [(u) => {
        const { left } = u.cursor
        const ms = left === undefined || left < 0 ? Number.NaN : u.posToVal(left, 'x')
        options.cursor(Number.isFinite(ms) ? ms : null)
      }],
    },
  }, dataOf(model), box)
  return plot
}

function shared(type: string): boolean {
  return type === 'mousemove' || type === 'mouseleave'
}

function dataOf(model: ChartModel): UPlot.AlignedData {
  return [model.xs, ...model.lines.map((line) => line.values)] as UPlot.AlignedData
}

/** Shows values only where a line cannot. */
function dots(values: readonly Cell[]): UPlot.Series.Points.Filter {
  const alone = lonely(values)
  return () => alone
}

/** Puts the cursor of all charts at an instant, or takes it away. */
export function pointAt(plot: Plot, ms: number | null): void {
  const left = ms === null ? -10 : plot.valToPos(ms, 'x')
  plot.setCursor({ left, top: ms === null ? -10 : plot.over.clientHeight / 2 })
}

type Token = (name: string) => string

function inside(u: UPlot, draw: (context: CanvasRenderingContext2D) => void): void {
  const { ctx } = u
  const { left, top, width, height } = u.bbox
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  draw(ctx)
  ctx.restore()
}

const kTones = { HIGH: '--crit', MEDIUM: '--warn', LOW: '--info' } as const

function drawBehind(u: UPlot, model: ChartModel, token: Token): void {
  const { top, height } = u.bbox
  const ratio = UPlot.pxRatio
  inside(u, (ctx) => {
    for (const gap of model.gaps) {
      const x0 = u.valToPos(gap.fromMs, 'x', true)
      const x1 = u.valToPos(gap.toMs, 'x', true)
      hatch(ctx, x0, top, x1 - x0, height, token('--line-2'), ratio)
    }
    // So many that they would tint the whole chart keep their strips only.
    const tint = model.shades.length <= kMostTints
    for (const shade of model.shades) {
      const x0 = u.valToPos(shade.fromMs, 'x', true)
      const width = Math.max(2 * ratio, u.valToPos(shade.toMs, 'x', true) - x0)
      ctx.fillStyle = token(kTones[shade.severity])
      ctx.globalAlpha = 0.11
      if (tint) ctx.fillRect(x0, top, width, height)
      // The strip at the foot tells an alert from a coloured line, also in grey.
      ctx.globalAlpha = 1
      const strip = (shade.severity === 'HIGH' ? 5 : shade.severity === 'MEDIUM' ? 4 : 3) * ratio
      ctx.fillRect(x0, top + height - strip, width, strip)
    }
  })
}

function hatch(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, colour: string, ratio: number): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, width, height)
  ctx.clip()
  ctx.strokeStyle = colour
  ctx.globalAlpha = 0.55
  ctx.lineWidth = ratio
  ctx.beginPath()
  const step = 8 * ratio
  for (let at = Math.floor((x - height) / step) * step; at < x + width; at += step) {
    ctx.moveTo(at, y + height)
    ctx.lineTo(at + height, y)
  }
  ctx.stroke()
  ctx.restore()
}

function drawAreas(u: UPlot, model: ChartModel, token: Token): void {
  inside(u, (ctx) => {
    for (const area of model.areas) fill(u, ctx, model, area.low, area.high, 'left', token(area.colour), area.alpha)
    model.lines.forEach((line, i) => {
      if (!line.low || !line.high || u.series[i + 1]!.show === false) return
      fill(u, ctx, model, line.low, line.high, line.axis, token(line.colour), line.envelopeAlpha ?? 0.2)
    })
  })
}

/** The area between lowest and highest, at least a hair wide, run by run. */
function fill(u: UPlot, ctx: CanvasRenderingContext2D, model: ChartModel, low: readonly Cell[], high: readonly Cell[], axis: 'left' | 'right', colour: string, alpha: number): void {
  const x = (i: number) => u.valToPos(model.xs[i]!, 'x', true)
  const y = (value: Cell) => u.valToPos(value as number, axis, true)
  ctx.fillStyle = ctx.strokeStyle = colour
  ctx.globalAlpha = alpha
  ctx.lineWidth = UPlot.pxRatio
  const half = Math.max(UPlot.pxRatio, (u.valToPos(model.xs[0]! + model.bucketMs, 'x', true) - x(0)) / 2)
  for (const run of runsOf(high)) {
    ctx.beginPath()
    const [first, last] = [run[0]!, run.at(-1)!]
    ctx.moveTo(x(first) - half, y(high[first]))
    for (const i of run) ctx.lineTo(x(i), y(high[i]))
    ctx.lineTo(x(last) + half, y(high[last]))
    ctx.lineTo(x(last) + half, y(low[last]))
    for (const i of run.toReversed()) ctx.lineTo(x(i), y(low[i]))
    ctx.lineTo(x(first) - half, y(low[first]))
    ctx.closePath()
    ctx.fill()
    whiskers(ctx, run, x, y, low, high, (axis === 'left' ? model.left : model.right!).scale)
  }
}

/** An extreme that stands out from those beside it gets a line of its own: between many lines a pale area would hide it. */
function whiskers(ctx: CanvasRenderingContext2D, run: readonly number[], x: (i: number) => number, y: (value: Cell) => number, low: readonly Cell[], high: readonly Cell[], scale: readonly [number, number]): void {
  const much = (scale[1] - scale[0]) * kSpike
  const at = (cells: readonly Cell[], i: number | undefined, none: number) => (i === undefined ? none : cells[i] as number)
  ctx.globalAlpha = 0.75
  ctx.beginPath()
  run.forEach((i, n) => {
    const up = at(high, i, 0) - Math.max(at(high, run[n - 1], -Infinity), at(high, run[n + 1], -Infinity))
    const down = Math.min(at(low, run[n - 1], Infinity), at(low, run[n + 1], Infinity)) - at(low, i, 0)
    if (!(up > much || down > much) || run.length === 1) return
    ctx.moveTo(x(i), y(low[i]))
    ctx.lineTo(x(i), y(high[i]))
  })
  ctx.stroke()
}

function drawLimits(u: UPlot, model: ChartModel, token: Token): void {
  const ratio = UPlot.pxRatio
  const { left, width } = u.bbox
  inside(u, (ctx) => {
    ctx.font = kFont.replace('11px', `${11 * ratio}px`)
    ctx.textAlign = 'right'
    ctx.textBaseline = 'bottom'
    for (const { value, text } of model.limits) {
      const y = Math.round(u.valToPos(value, 'left', true))
      ctx.strokeStyle = ctx.fillStyle = token('--crit')
      ctx.lineWidth = 1.4 * ratio
      ctx.setLineDash([5 * ratio, 4 * ratio])
      ctx.beginPath()
      ctx.moveTo(left, y)
      ctx.lineTo(left + width, y)
      ctx.stroke()
      ctx.setLineDash([])
      ctx.lineWidth = 3 * ratio
      ctx.strokeStyle = token('--panel')
      ctx.strokeText(text, left + width - 5 * ratio, y - 2 * ratio)
      ctx.fillText(text, left + width - 5 * ratio, y - 2 * ratio)
    }
  })
}
