// SPDX-License-Identifier: Apache-2.0
import type { Formatter } from '../i18n/format'
import { kMetricInfo, type Metric } from './metrics'

export function metricText(format: Formatter, metric: Metric, value: number | null): string {
  const { unit } = kMetricInfo[metric]
  return unit === '%' ? format.percent(value) : format.with(value, unit)
}

/** Hours and minutes, also beyond a day: durations that are compared with each other. */
export function durationText(format: Formatter, ms: number): string {
  const minutes = Math.round(ms / 60_000)
  return minutes < 60 ? `${format.int(minutes)}\u00a0min` : `${format.int(Math.floor(minutes / 60))}\u00a0h\u00a0${String(minutes % 60).padStart(2, '0')}`
}

export function distanceText(format: Formatter, metres: number): { value: string; unit: string } {
  return metres < 1000 ? { value: format.int(metres), unit: 'm' } : { value: metres < 1_000_000 ? format.dec(metres / 1000) : format.int(metres / 1000), unit: 'km' }
}
