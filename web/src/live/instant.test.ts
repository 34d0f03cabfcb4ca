// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { clockOf, instantBefore, kMinutes, lastMinute, minuteOf } from './instant'

describe('instants of the time machine', () => {
  it('are whole minutes of a UTC day', () => {
    expect(instantBefore(Date.parse('2026-11-25T00:00:59.999Z'))).toEqual({ date: '2026-11-25', at: '00:00' })
    expect([clockOf(0), clockOf(843), clockOf(kMinutes - 1)]).toEqual(['00:00', '14:03', '23:59'])
    for (let minute = 0; minute < kMinutes; minute++) expect(minuteOf(clockOf(minute))).toBe(minute)
  })

  it('end with the last minute that is over', () => {
    expect(lastMinute('2026-11-24', Date.parse('2026-11-25T10:00:00Z'))).toBe(kMinutes - 1)
    expect(lastMinute('2026-11-25', Date.parse('2026-11-25T10:00:30Z'))).toBe(599)
    expect(lastMinute('2026-11-25', Date.parse('2026-11-25T00:00:30Z'))).toBe(0)
    expect(lastMinute('2026-11-26', Date.parse('2026-11-25T10:00:00Z'))).toBe(0)
  })
})
