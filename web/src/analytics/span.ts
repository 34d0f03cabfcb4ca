// SPDX-License-Identifier: Apache-2.0
// Moving the range: earlier, later, in and out around its middle. Pure.
import { instantText, parseSpan, type Span } from '../app/time-range'

const kLeastMs = 60_000
const kYearMs = 366 * 86_400_000

/** What reaches now again is written as up to now, so that it goes on. */
export function movedSpan(span: Span, how: 'earlier' | 'later' | 'out' | 'in', view: { fromMs: number; toMs: number; nowMs: number }): Span {
  const width = view.toMs - view.fromMs
  const step = { earlier: [-0.5, -0.5], later: [0.5, 0.5], out: [-0.5, 0.5], in: [0.25, -0.25] }[how] as [number, number]
  let fromMs = view.fromMs + step[0] * width
  let toMs = view.toMs + step[1] * width
  if (toMs > view.nowMs) {
    // The future holds nothing: the range ends now and keeps its width.
    const past = toMs - view.nowMs
    toMs = view.nowMs
    fromMs -= past
  }
  if (toMs - fromMs < kLeastMs || toMs - fromMs > kYearMs) return span
  const next = { from: instantText(fromMs), to: toMs === view.nowMs ? 'now' : instantText(toMs) }
  const days = (toMs - fromMs) / 3_600_000
  // Whole hours up to now stay relative.
  if (next.to === 'now' && Number.isInteger(days)) next.from = days % 24 === 0 && days > 48 ? `now-${days / 24}d` : `now-${days}h`
  return parseSpan(next, view.nowMs) ? next : span
}
