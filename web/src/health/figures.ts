// SPDX-License-Identifier: Apache-2.0
// Rates and percentiles out of the counters of successive answers. Pure.
import type { Sample } from '../app/health-poll'
import type { AckTimes, Health } from '../app/health-types'

export type Counter = (health: Health) => number | undefined

export const kRecentMs = 60_000

/** Growth of a counter in a second, over the last minute of answers; null without two answers that carry it. */
export function rateOf(samples: readonly Sample[], counter: Counter, windowMs = kRecentMs): number | null {
  const last = samples.at(-1)
  const first = samples.find((sample) => last !== undefined && last.ms - sample.ms <= windowMs)
  if (!first || !last || first === last) return null
  const a = counter(first.health)
  const b = counter(last.health)
  // By the server's own clock: answers may have been late.
  const seconds = last.health.uptime_s - first.health.uptime_s
  return a === undefined || b === undefined || seconds <= 0 ? null : Math.max(0, b - a) / seconds
}

/** The rate between each two neighbours, for a curve. */
export function ratesOf(samples: readonly Sample[], counter: Counter): { ms: number; value: number | null }[] {
  return samples.slice(1).map((sample, i) => ({ ms: sample.ms, value: rateOf([samples[i]!, sample], counter, Infinity) }))
}

/** Durations that were counted between the first answer of the last minute and the newest. Without any of them: since the start. */
export function recentAcks(samples: readonly Sample[], windowMs = kRecentMs): { times: AckTimes; recent: boolean } | null {
  const last = samples.at(-1)
  const newest = last?.health.ingest_ack
  if (!last || !newest) return null
  const before = samples.find((sample) => last.ms - sample.ms <= windowMs)?.health.ingest_ack
  const counts = newest.counts.map((n, i) => Math.max(0, n - (before?.counts[i] ?? 0)))
  const some = before !== undefined && before !== newest && counts.some((n) => n > 0)
  return some ? { times: { bounds_s: newest.bounds_s, counts }, recent: true } : { times: newest, recent: false }
}

export function countOf(times: AckTimes): number {
  return times.counts.reduce((a, b) => a + b, 0)
}

/** A percentile in seconds, straight inside its bucket, as Prometheus has it; above the last bound it is that bound. Null: nothing was counted. */
export function quantile(times: AckTimes, share: number): number | null {
  const all = countOf(times)
  if (all === 0) return null
  const wanted = share * all
  let below = 0
  for (let i = 0; i < times.counts.length; i++) {
    const n = times.counts[i]!
    if (below + n >= wanted && n > 0) {
      const from = i === 0 ? 0 : times.bounds_s[i - 1]!
      const to = times.bounds_s[i] ?? from
      return from + ((to - from) * (wanted - below)) / n
    }
    below += n
  }
  return times.bounds_s.at(-1) ?? null
}

/** Points of a curve in a box, scaled from 0 to `top`; without a value it is left open. */
export function curve(points: readonly { ms: number; value: number | null }[], fromMs: number, toMs: number, top: number, width: number, height: number): string {
  let d = ''
  let pen = false
  for (const { ms, value } of points) {
    if (value === null || ms < fromMs) {
      pen = false
      continue
    }
    const x = ((ms - fromMs) / Math.max(1, toMs - fromMs)) * width
    const y = height - 1 - (value / Math.max(top, 1e-9)) * (height - 2)
    d += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    pen = true
  }
  return d
}
