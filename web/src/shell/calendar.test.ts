// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { addDays, addMonths, daysOfMonth, today } from './calendar'

describe('calendar', () => {
  it('moves over months, years and leap days', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28')
    expect(addMonths('2026-03-31', -1)).toBe('2026-02-28')
    expect(addMonths('2025-12-15', 1)).toBe('2026-01-15')
  })

  it('shows six weeks from a Monday', () => {
    const days = daysOfMonth('2026-11-25')
    expect(days).toHaveLength(42)
    expect(days[0]).toBe('2026-10-26')
    expect(days).toContain('2026-11-30')
  })

  it('takes the UTC day', () => {
    expect(today(Date.parse('2026-11-25T23:59:59Z'))).toBe('2026-11-25')
  })
})
