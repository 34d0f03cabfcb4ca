// SPDX-License-Identifier: Apache-2.0
// Ranges of time as words: now-90m, now-6h, now-7d, today, yesterday, 2026-11-23, 2026-11-20..2026-11-23. Days are UTC days,
// both ends of a span of days belong to it. What cannot be read is null, never another range.

export interface TimeRange {
  fromMs: number
  /** Exclusive; null = up to now and on. */
  toMs: number | null
}

export const kRelativeRanges = ['now-1h', 'now-6h', 'today', 'yesterday', 'now-7d', 'now-30d'] as const

const kUnitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const kDayMs = 86_400_000
const kLongestMs = 366 * kDayMs

export function parseRange(text: string, nowMs: number): TimeRange | null {
  const startOfToday = Math.floor(nowMs / kDayMs) * kDayMs
  if (text === 'today') return { fromMs: startOfToday, toMs: null }
  if (text === 'yesterday') return { fromMs: startOfToday - kDayMs, toMs: startOfToday }
  const relative = /^now-(\d{1,5})([mhd])$/.exec(text)
  if (relative) {
    const span = Number(relative[1]) * kUnitMs[relative[2]!]!
    return span > 0 && span <= kLongestMs ? { fromMs: nowMs - span, toMs: null } : null
  }
  const days = /^(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?$/.exec(text)
  if (!days) return null
  const from = dayMs(days[1]!)
  const last = dayMs(days[2] ?? days[1]!)
  if (from === null || last === null || last < from || last - from > kLongestMs) return null
  return { fromMs: from, toMs: last + kDayMs }
}

/** The first and the last day of a range, for fields that show it; the last of an open range is today. */
export function daysOf(range: TimeRange, nowMs: number): { first: string; last: string } {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  return { first: day(range.fromMs), last: day(range.toMs === null ? nowMs : range.toMs - 1) }
}

export function spanOfDays(first: string, last: string): string {
  return first === last ? first : `${first}..${last}`
}

function dayMs(day: string): number | null {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? null : ms
}
