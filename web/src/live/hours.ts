// SPDX-License-Identifier: Apache-2.0
// The last day of a fleet by the hour, behind the key figures.
import type { FleetDay, FleetHour } from '../api/types'

const kHourMs = 3_600_000

export interface HourPoint {
  /** Start of the hour, ms since 1970. */
  ms: number
  value: number | null
}

export type HourMetric = 'active_devices' | 'avg_speed_kmh' | 'avg_battery_pct'

/** The 24 hours up to and with that of `endMs`; hours without records have no value. */
export function lastHours(days: readonly FleetDay[], metric: HourMetric, endMs: number): HourPoint[] {
  const found = new Map<number, FleetHour>()
  for (const { day, hours } of days) for (const hour of hours) found.set(Date.parse(day) + hour.hour * kHourMs, hour)
  const last = Math.floor(endMs / kHourMs) * kHourMs
  return Array.from({ length: 24 }, (_, i) => {
    const ms = last - (23 - i) * kHourMs
    return { ms, value: found.get(ms)?.[metric] ?? null }
  })
}

/** SVG path through the points that have a value, scaled to their own range; hours without one are left open. */
export function sparkline(points: readonly HourPoint[], width: number, height: number): string {
  const values = points.flatMap((p) => (p.value === null ? [] : [p.value]))
  const low = Math.min(...values)
  const range = Math.max(...values) - low || 1
  let d = ''
  let pen = false
  points.forEach((p, i) => {
    if (p.value === null) {
      pen = false
      return
    }
    const x = (i / (points.length - 1)) * width
    const y = height - 1.5 - ((p.value - low) / range) * (height - 3)
    d += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    pen = true
  })
  return d
}

/** The value of the last full hour before `endMs`. */
export function previousHour(points: readonly HourPoint[]): number | null {
  return points.at(-2)?.value ?? null
}
