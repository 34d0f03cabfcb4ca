// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { instantText, instantTyped, parseInstant, parseRange, parseSpan, spanOf, wordOf } from './time-range'

const now = Date.parse('2026-11-25T18:30:00Z')
const at = (text: string) => Date.parse(text)

describe('ranges in one word', () => {
  it('reads spans back from now', () => {
    expect(parseRange('now-90m', now)).toEqual({ fromMs: at('2026-11-25T17:00:00Z'), toMs: null })
    expect(parseRange('now-7d', now)).toEqual({ fromMs: at('2026-11-18T18:30:00Z'), toMs: null })
  })

  it('reads UTC days', () => {
    expect(parseRange('now/d', now)).toEqual({ fromMs: at('2026-11-25T00:00:00Z'), toMs: at('2026-11-26T00:00:00Z') })
    expect(parseRange('today', now)).toEqual(parseRange('now/d', now))
    expect(parseRange('yesterday', now)).toEqual({ fromMs: at('2026-11-24T00:00:00Z'), toMs: at('2026-11-25T00:00:00Z') })
    expect(parseRange('2026-11-20..2026-11-23', now)).toEqual({ fromMs: at('2026-11-20T00:00:00Z'), toMs: at('2026-11-24T00:00:00Z') })
    expect(parseRange('2024-02-29', now)).toEqual({ fromMs: at('2024-02-29T00:00:00Z'), toMs: at('2024-03-01T00:00:00Z') })
    expect(parseRange('now-2d..now-1d', now)).toEqual({ fromMs: at('2026-11-23T18:30:00Z'), toMs: at('2026-11-24T18:30:00Z') })
  })

  it.each(['', 'now', 'now-0h', 'now-7y', 'now-99999d', '2026-02-30', '2026-11-23..2026-11-20', '2026-11-20..', 'tomorrow', 'now-1h;', 'now-2d..now-1d..now'])('refuses %j', (text) => {
    expect(parseRange(text, now)).toBeNull()
  })

  it.each(['now-7d', 'now/d', '2026-11-20', '2026-11-20..2026-11-23', 'now-2d..now-1d', '2026-11-20..now'])('writes %s as it was read', (text) => {
    expect(wordOf(spanOf(text)!)).toBe(text)
  })
})

describe('pairs of instants', () => {
  it.each([
    ['now', '2026-11-25T18:30:00Z', '2026-11-25T18:30:00Z'],
    ['now-24h', '2026-11-24T18:30:00Z', '2026-11-24T18:30:00Z'],
    ['now-1d+2h', '2026-11-24T20:30:00Z', '2026-11-24T20:30:00Z'],
    ['now/h', '2026-11-25T18:00:00Z', '2026-11-25T19:00:00Z'],
    ['now/d', '2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z'],
    ['now-1d/d', '2026-11-24T00:00:00Z', '2026-11-25T00:00:00Z'],
    ['now/w', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['2026-11-23', '2026-11-23T00:00:00Z', '2026-11-24T00:00:00Z'],
    ['2026-11-23T10:05Z', '2026-11-23T10:05:00Z', '2026-11-23T10:05:00Z'],
  ])('%s begins and ends where it says', (text, from, to) => {
    expect(parseInstant(text, now, 'from')).toBe(at(from))
    expect(parseInstant(text, now, 'to')).toBe(at(to))
  })

  it.each(['', 'now-', 'now-5y', 'now/x', 'now-1d/', 'later', '2026-02-30', '2026-11-23T25:00Z', '2026-11-23T10:00', '2026-02-30T10:00Z'])('refuses %j', (text) => {
    expect(parseInstant(text, now, 'from')).toBeNull()
  })

  it('refuses a range that is empty or too long, and leaves one up to now open', () => {
    expect(parseSpan({ from: 'now-24h', to: 'now' }, now)).toEqual({ fromMs: now - 86_400_000, toMs: null })
    expect(parseSpan({ from: 'now/d', to: 'now/d' }, now)).toEqual({ fromMs: at('2026-11-25T00:00:00Z'), toMs: at('2026-11-26T00:00:00Z') })
    expect(parseSpan({ from: 'now', to: 'now-1h' }, now)).toBeNull()
    expect(parseSpan({ from: '2024-01-01', to: 'now' }, now)).toBeNull()
  })

  it('writes instants that read back', () => {
    for (const text of ['2026-11-23T10:05Z', '2026-11-23T10:05:07Z']) expect(instantText(parseInstant(text, now, 'from')!)).toBe(text)
  })

  it('takes what a reader types in the zone that is shown', () => {
    expect(instantTyped(' now-3h ', false)).toBe('now-3h')
    expect(instantTyped('2026-11-23 10:05', true)).toBe('2026-11-23T10:05Z')
    expect(at(instantTyped('2026-11-23 10:05:30', false)!)).toBe(new Date(2026, 10, 23, 10, 5, 30).getTime())
    expect(instantTyped('2026-11-23 24:05', true)).toBeNull()
    expect(instantTyped('soon', true)).toBeNull()
  })
})
