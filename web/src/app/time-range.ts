// SPDX-License-Identifier: Apache-2.0
// Ranges of time as words: now-90m, now-6h, now-7d, today, yesterday, 2026-11-23, 2026-11-20..2026-11-23, and pairs of instants:
// now-24h to now, now/d to now/d, 2026-11-23T10:00Z to now-1h. Days and weeks are those of UTC, weeks begin on Monday, both ends of a
// span of days belong to it. What cannot be read is null, never another range.

export interface TimeRange {
  fromMs: number
  /** Exclusive; null = up to now and on. */
  toMs: number | null
}

/** A range as two instants in words, as the address bar has it. */
export interface Span {
  from: string
  to: string
}

export const kRelativeRanges = ['now-1h', 'now-6h', 'today', 'yesterday', 'now-7d', 'now-30d'] as const

const kUnitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const kDayMs = 86_400_000
const kLongestMs = 366 * kDayMs
/** Monday 1970-01-05. */
const kMondayMs = 4 * kDayMs

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

/**
 * One instant: `now`, minus or plus steps (`now-1d+2h`), rounded by `/m /h /d /w`; or a UTC day; or a time with Z. As the end of a range
 * a rounded instant and a day mean their end, so now/d to now/d is today.
 */
export function parseInstant(text: string, nowMs: number, edge: 'from' | 'to'): number | null {
  const relative = /^now((?:[+-]\d{1,5}[mhdw])*)(?:\/([mhdw]))?$/.exec(text)
  if (relative) {
    let ms = nowMs
    for (const [, sign, count, unit] of relative[1]!.matchAll(/([+-])(\d+)([mhdw])/g)) ms += (sign === '-' ? -1 : 1) * Number(count) * kUnitMs[unit!]!
    const unit = relative[2]
    if (unit === undefined) return ms
    const width = kUnitMs[unit]!
    const origin = unit === 'w' ? kMondayMs : 0
    return Math.floor((ms - origin) / width) * width + origin + (edge === 'to' ? width : 0)
  }
  const day = dayMs(text)
  if (day !== null) return edge === 'to' ? day + kDayMs : day
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/.test(text)) return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) || dayMs(text.slice(0, 10)) === null ? null : ms
}

/** Null when one end cannot be read, the range is empty, or longer than a year. */
export function parseSpan({ from, to }: Span, nowMs: number): TimeRange | null {
  const fromMs = parseInstant(from, nowMs, 'from')
  const toMs = parseInstant(to, nowMs, 'to')
  if (fromMs === null || toMs === null || toMs <= fromMs || toMs - fromMs > kLongestMs) return null
  return { fromMs, toMs: to === 'now' ? null : toMs }
}

/** An instant as the address has it: to the second, in UTC. */
export function instantText(ms: number): string {
  return new Date(Math.round(ms / 1000) * 1000).toISOString().replace(/(:00)?\.000Z$/, 'Z')
}

/**
 * What a reader typed, as an instant of the grammar: a date and time without zone is meant in the zone that is shown. Null when it cannot
 * be read.
 */
export function instantTyped(text: string, utc: boolean): string | null {
  const trimmed = text.trim()
  if (parseInstant(trimmed, 0, 'from') !== null) return trimmed
  const parts = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(trimmed)
  if (!parts || dayMs(trimmed.slice(0, 10)) === null) return null
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number]
  if (hour > 23 || minute > 59 || second > 59) return null
  const ms = utc ? Date.UTC(year, month - 1, day, hour, minute, second) : new Date(year, month - 1, day, hour, minute, second).getTime()
  return instantText(ms)
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
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null
  const ms = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? null : ms
}
