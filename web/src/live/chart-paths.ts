// SPDX-License-Identifier: Apache-2.0
// Speed over time as SVG paths: one run of line for each stretch of a colour class, gaps left open.
import type { TrailPoint } from './trail'

export const kChartWidth = 280
export const kChartHeight = 84

export interface ChartLine {
  speedClass: number
  d: string
}

export function chartPaths(points: readonly TrailPoint[], fromMs: number, toMs: number, topKmh: number): { lines: ChartLine[]; area: string } {
  const lines: ChartLine[] = []
  let area = ''
  let run: string[] = []
  let last: { x: string; y: string; at: TrailPoint } | null = null
  let firstX = ''
  const closeArea = () => {
    if (run.length > 1 && last) area += `M${firstX} ${kChartHeight}L${run.join('L')}L${last.x} ${kChartHeight}Z`
    run = []
  }
  for (const p of points) {
    if (p.speed === null || p.ts < fromMs) continue
    const x = ((p.ts - fromMs) / (toMs - fromMs) * kChartWidth).toFixed(1)
    const y = (kChartHeight - Math.min(1, p.speed / topKmh) * (kChartHeight - 2) - 1).toFixed(1)
    if (p.gap) {
      closeArea()
      last = null
    }
    if (last) {
      const line = lines.at(-1)
      if (line && line.speedClass === p.speedClass && line.d.endsWith(`${last.x} ${last.y}`)) line.d += `L${x} ${y}`
      else lines.push({ speedClass: p.speedClass, d: `M${last.x} ${last.y}L${x} ${y}` })
    }
    if (run.length === 0) firstX = x
    run.push(`${x} ${y}`)
    last = { x, y, at: p }
  }
  closeArea()
  return { lines, area }
}
