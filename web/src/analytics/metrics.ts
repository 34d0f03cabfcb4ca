// SPDX-License-Identifier: Apache-2.0
// The metrics of the page: names in the API, units, scales, and which alerts and rules speak of them.
import type { AlertType } from '../api/types'
import type { HourRow } from './api'

export const kMetrics = ['speed', 'battery', 'temp', 'humidity'] as const
export type Metric = (typeof kMetrics)[number]

export interface MetricInfo {
  /** Name in the API. */
  field: 'speed_kmh' | 'battery_pct' | 'temp_c' | 'humidity_pct'
  unit: 'km/h' | '%' | '°C'
  /** Scale by default; null = from the values. What lies outside widens it. */
  scale: readonly [number, number] | null
  /** Mean of an hour of the fleet. */
  hour: keyof HourRow & ('avg_speed_kmh' | 'avg_battery_pct' | 'avg_temp_c' | 'avg_humidity_pct')
  alerts: readonly AlertType[]
}

export const kMetricInfo: Record<Metric, MetricInfo> = {
  speed: { field: 'speed_kmh', unit: 'km/h', scale: [0, 150], hour: 'avg_speed_kmh', alerts: ['OVERSPEED'] },
  battery: { field: 'battery_pct', unit: '%', scale: [0, 100], hour: 'avg_battery_pct', alerts: ['LOW_BATTERY'] },
  temp: { field: 'temp_c', unit: '°C', scale: null, hour: 'avg_temp_c', alerts: ['TEMP_HIGH', 'TEMP_LOW'] },
  humidity: { field: 'humidity_pct', unit: '%', scale: [0, 100], hour: 'avg_humidity_pct', alerts: [] },
}

const kSteps = [1, 2, 2.5, 5, 10]

/** The scale of a chart: the metric's own, widened to whole steps by what lies outside; or, asked for, only what the values need. */
export function scaleOf(metric: Metric, low: number, high: number, tight: boolean): [number, number] {
  const { scale } = kMetricInfo[metric]
  if (low > high) return scale ? [scale[0], scale[1]] : [0, 1]
  if (scale && !tight) return [low < scale[0] ? stepDown(low, 10) : scale[0], high > scale[1] ? -stepDown(-high, 10) : scale[1]]
  const room = Math.max(1, (high - low) * 0.08)
  const step = niceStep((high - low + 2 * room) / 5)
  const bottom = stepDown(low - room, step)
  return [scale ? Math.max(scale[0], bottom) : bottom, -stepDown(-(high + room), step)]
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw))
  return power * kSteps.find((step) => step * power >= raw)!
}

function stepDown(value: number, step: number): number {
  return Math.floor(value / step) * step
}
