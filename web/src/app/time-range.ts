// SPDX-License-Identifier: Apache-2.0
// Ranges of time as words. An instant is now, now-90m, now-1d/d, a UTC day such as 2026-11-23, or a time with Z; a range is two of them.
// In one word: now-7d (up to now), now/d or 2026-11-23 (that whole time), 2026-11-20..2026-11-23. Days and weeks are those of UTC, weeks begin
// on Monday, both ends of a span of days belong to it. What cannot be read is null, never another range.

export interface TimeRange {
  fromMs: number
  /** Exclusive; null = up to now and on. */
  toMs: number | null
}

/** A range as two instants in words. */
export interface Span {
  from: string
  to: string
}

const kUnitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const kDayMs = 86_400_000
const kLongestMs = 366 * kDayMs
/** Monday 1970-01-05. */
const kMondayMs = 4 * kDayMs
/** Whole times by their names, as older addresses have them. */
const kNamed: Record<string, string> = { today: 'now/d', yesterday: 'now-1d/d' }

export function parseRange(text: string, nowMs: number): TimeRange | null {
  const span = spanOf(text)
  return span === null ? null : parseSpan(span, nowMs)
}

/** A range in one word as its two instants; null when it is not of that form. */
export function spanOf(text: string): Span | null {
  const [first = '', last, ...more] = text.split('..')
  const from = kNamed[first] ?? first
  if (from === '' || more.length > 0) return null
  if (last !== undefined) return { from, to: last }
  return /^now[^/]*$/.test(from) ? { from, to: 'now' } : { from, to: from }
}

export function wordOf({ from, to }: Span): string {
  if (from === to || (to === 'now' && /^now[^/]*$/.test(from))) return from
  return `${from}..${to}`
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

function dayMs(day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null
  const ms = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? null : ms
}
