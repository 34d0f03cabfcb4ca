// SPDX-License-Identifier: Apache-2.0
// The clock of the replay: it runs on time, not on records, so that an hour at 60× takes a minute whatever was sent. Pure.
import type { Span } from './day-track'

export const kRates = [1, 5, 20, 60, 300] as const
export type Rate = (typeof kRates)[number]

export interface Tick {
  atMs: number
  ended: boolean
}

/** `skips`: spans in time order that are jumped over. */
export function advance(atMs: number, elapsedMs: number, rate: number, within: Span, skips: readonly Span[]): Tick {
  let at = atMs
  let left = Math.max(0, elapsedMs) * rate
  for (const skip of skips) {
    if (skip.toMs <= at) continue
    if (skip.fromMs > at + left) break
    left -= Math.max(0, skip.fromMs - at)
    at = skip.toMs
  }
  at += left
  return at >= within.toMs ? { atMs: within.toMs, ended: true } : { atMs: at, ended: false }
}

export function faster(rate: Rate): Rate {
  return kRates[Math.min(kRates.length - 1, kRates.indexOf(rate) + 1)]!
}

export function slower(rate: Rate): Rate {
  return kRates[Math.max(0, kRates.indexOf(rate) - 1)]!
}

/** Joins spans that touch or overlap; the answer is in time order. */
export function joined(spans: readonly Span[]): Span[] {
  const out: Span[] = []
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = out.at(-1)
    if (last && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs)
    else out.push({ ...span })
  }
  return out
}
