// SPDX-License-Identifier: Apache-2.0
// Units and metrics by type of alert.
import type { Alert, AlertType, HistoryRecord } from '../api/types'
import type { Formatter } from '../i18n/format'

export type Metric = 'speed_kmh' | 'battery_pct' | 'temp_c'

const kMetrics: Partial<Record<AlertType, { metric: Metric | null; unit: string }>> = {
  OVERSPEED: { metric: 'speed_kmh', unit: 'km/h' },
  LOW_BATTERY: { metric: 'battery_pct', unit: '%' },
  TEMP_HIGH: { metric: 'temp_c', unit: '°C' },
  TEMP_LOW: { metric: 'temp_c', unit: '°C' },
  GPS_JUMP: { metric: null, unit: 'km/h' },
}

export function metricOf(type: AlertType): Metric | null {
  return kMetrics[type]?.metric ?? null
}

/** The value of a metric that a record carries; null when it carries none. */
export function metricAt(record: HistoryRecord, metric: Metric): number | null {
  return record[metric] ?? null
}

export function valueText(format: Formatter, type: AlertType, value: number | null): string {
  const unit = kMetrics[type]?.unit
  if (unit === '%') return format.percent(value)
  return unit === undefined ? format.dec(value) : format.with(value, unit)
}

/** What the table says of an alert in one cell: the peak against the limit, the zone, or the device's own words. */
export function factText(format: Formatter, alert: Alert): { value: string; limit: string | null } {
  if (alert.peak !== null) return { value: valueText(format, alert.type, alert.peak), limit: alert.limit === null ? null : valueText(format, alert.type, alert.limit) }
  return { value: alert.alarm ?? alert.zone ?? '–', limit: null }
}
