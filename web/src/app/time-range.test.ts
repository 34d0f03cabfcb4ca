// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { daysOf, kRelativeRanges, parseRange, spanOfDays } from './time-range'

const now = Date.parse('2026-11-25T18:30:00Z')
const at = (text: string) => Date.parse(text)

describe('time ranges', () => {
  it('reads spans back from now', () => {
    expect(parseRange('now-90m', now)).toEqual({ fromMs: at('2026-11-25T17:00:00Z'), toMs: null })
    expect(parseRange('now-7d', now)).toEqual({ fromMs: at('2026-11-18T18:30:00Z'), toMs: null })
  })

  it('reads UTC days', () => {
    expect(parseRange('today', now)).toEqual({ fromMs: at('2026-11-25T00:00:00Z'), toMs: null })
    expect(parseRange('yesterday', now)).toEqual({ fromMs: at('2026-11-24T00:00:00Z'), toMs: at('2026-11-25T00:00:00Z') })
    expect(parseRange('2026-11-20..2026-11-23', now)).toEqual({ fromMs: at('2026-11-20T00:00:00Z'), toMs: at('2026-11-24T00:00:00Z') })
    expect(parseRange('2024-02-29', now)).toEqual({ fromMs: at('2024-02-29T00:00:00Z'), toMs: at('2024-03-01T00:00:00Z') })
  })

  it.each(['', 'now', 'now-0h', 'now-7w', 'now-99999d', '2026-02-30', '2026-11-23..2026-11-20', '2026-11-20..', 'tomorrow', 'now-1h;'])('refuses %j', (text) => {
    expect(parseRange(text, now)).toBeNull()
  })

  it('knows every range that it offers', () => {
    for (const text of kRelativeRanges) expect(parseRange(text, now)).not.toBeNull()
  })

  it('writes a span of days that reads back', () => {
    const days = daysOf(parseRange('2026-11-20..2026-11-23', now)!, now)
    expect(days).toEqual({ first: '2026-11-20', last: '2026-11-23' })
    expect(spanOfDays(days.first, days.last)).toBe('2026-11-20..2026-11-23')
    expect(spanOfDays('2026-11-20', '2026-11-20')).toBe('2026-11-20')
    expect(daysOf(parseRange('now-1h', now)!, now).last).toBe('2026-11-25')
  })
})
