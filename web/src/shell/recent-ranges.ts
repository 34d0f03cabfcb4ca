// SPDX-License-Identifier: Apache-2.0
// The last ranges that were typed, kept in this browser.
import { parseSpan, type Span } from '../app/time-range'

const kStorageKey = 'fleet.ranges'
const kMost = 4

export function keptRanges(): Span[] {
  try {
    const kept = JSON.parse(localStorage.getItem(kStorageKey) ?? '[]') as unknown
    if (!Array.isArray(kept)) return []
    return (kept as Partial<Span>[]).filter((one): one is Span => typeof one?.from === 'string' && typeof one.to === 'string' && parseSpan(one as Span, Date.now()) !== null).slice(0, kMost)
  } catch {
    return [] // Storage may be forbidden or hold something else.
  }
}

export function keepRange({ from, to }: Span): void {
  const others = keptRanges().filter((one) => one.from !== from || one.to !== to)
  try {
    localStorage.setItem(kStorageKey, JSON.stringify([{ from, to }, ...others].slice(0, kMost)))
  } catch {
    // Without storage a range is just not remembered.
  }
}
