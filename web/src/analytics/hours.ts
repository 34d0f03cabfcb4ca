// SPDX-License-Identifier: Apache-2.0
// Hours of the fleet: the days of a range, a value for each hour, the hour by hour table. Pure.
import type { DayRows, HourRow } from './api'
import { kMetricInfo, type Metric } from './metrics'
import type { Heat } from './query'

const kDayMs = 86_400_000
/** Days that the heat map shows: a request each. */
export const kMostDays = 31

/** UTC days that a range touches, the newest `kMostDays` of them. */
export function daysIn(fromMs: number, toMs: number): string[] {
  const last = Math.floor((toMs - 1) / kDayMs)
  const first = Math.max(Math.floor(fromMs / kDayMs), last - kMostDays + 1)
  return Array.from({ length: last - first + 1 }, (_, i) => new Date((first + i) * kDayMs).toISOString().slice(0, 10))
}

export function hourValue(row: HourRow, metric: Metric, heat: Heat): number | null {
  if (heat === 'records') return row.records
  if (heat === 'alerts') return row.alerts.HIGH + row.alerts.MEDIUM + row.alerts.LOW
  return row[kMetricInfo[metric].hour]
}

/** 24 slots; an hour without records has none. */
export function slotsOf(day: DayRows | undefined): (HourRow | null)[] {
  const slots = Array.from<HourRow | null>({ length: 24 }).fill(null)
  for (const row of day?.hours ?? []) slots[row.hour] = row
  return slots
}

export interface HeatMap {
  days: string[]
  /** By day, then hour; null = no records. */
  values: (number | null)[][]
  low: number
  high: number
}

export function heatMapOf(days: readonly DayRows[], metric: Metric, heat: Heat): HeatMap {
  const values = days.map((day) => slotsOf(day).map((row) => (row === null ? null : hourValue(row, metric, heat))))
  const known = values.flat().filter((value) => value !== null)
  // Counts begin at nothing; means are compared with each other.
  const low = known.length === 0 || heat !== 'mean' ? 0 : Math.min(...known)
  return { days: days.map((day) => day.day), values, low, high: Math.max(low, ...known) }
}

/** The day that the bars show: the chosen one when it is in the range, else the newest with records. */
export function shownDay(days: readonly DayRows[], chosen: string | null): string | null {
  if (chosen !== null && days.some((day) => day.day === chosen)) return chosen
  return (days.findLast((day) => day.hours.length > 0) ?? days.at(-1))?.day ?? null
}
