// SPDX-License-Identifier: Apache-2.0
// Arithmetic of UTC days as YYYY-MM-DD.

const kDayMs = 86_400_000

export function today(nowMs: number = Date.now()): string {
  return isoDay(nowMs)
}

export function addDays(day: string, days: number): string {
  return isoDay(Date.parse(day) + days * kDayMs)
}

/** The same day of another month, or its last day when the month is shorter. */
export function addMonths(day: string, months: number): string {
  const date = new Date(Date.parse(day))
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate()
  return isoDay(first + (Math.min(date.getUTCDate(), length) - 1) * kDayMs)
}

/** Six weeks from the Monday on or before the first of the day's month. */
export function daysOfMonth(day: string): string[] {
  const first = Date.parse(`${day.slice(0, 7)}-01`)
  const lead = (new Date(first).getUTCDay() + 6) % 7
  return Array.from({ length: 42 }, (_, i) => isoDay(first + (i - lead) * kDayMs))
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
