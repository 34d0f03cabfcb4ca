// SPDX-License-Identifier: Apache-2.0
// Asks the server how it is, for the banner of every page and for the Health page: one question every few seconds while the page is
// visible. The answers of the last ten minutes are kept, so that rates and curves are there when the Health page is opened.
import { create } from 'zustand'
import { get } from '../api/client'
import type { Health } from './health-types'
import type { Heard } from './losses'

const kPollMs = 4000
const kDeadlineMs = 8000
const kKeptMs = 600_000

export interface Sample {
  /** By the clock of this browser. */
  ms: number
  health: Health
}

interface HealthState extends Heard {
  samples: readonly Sample[]
}

export const useHealth = create<HealthState>(() => ({ health: null, heardMs: null, sinceMs: Date.now(), failure: null, samples: [] }))

let poke: (() => void) | null = null

/** Asks now instead of at the next turn. */
export function refreshHealth(): void {
  poke?.()
}

/** Asks until the returned function is called. */
export function followHealth(): () => void {
  let abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  const ask = async () => {
    clearTimeout(timer)
    abort.abort()
    const own = new AbortController()
    abort = own
    const deadline = setTimeout(() => own.abort(), kDeadlineMs)
    try {
      const health = await get<Health>('health', {}, own.signal)
      if (own === abort && !stopped) useHealth.setState((s) => ({ health, heardMs: Date.now(), failure: null, samples: kept(s.samples, { ms: Date.now(), health }) }))
    } catch (error) {
      if (own === abort && !stopped) useHealth.setState({ failure: own.signal.aborted ? `${kDeadlineMs / 1000} s` : error instanceof Error ? error.message : String(error) })
    } finally {
      clearTimeout(deadline)
    }
    if (own === abort && !stopped && !document.hidden) timer = setTimeout(() => void ask(), kPollMs)
  }
  const onVisible = () => {
    if (document.hidden) return
    // What was heard before the page was hidden is no reason to call the server lost.
    useHealth.setState((s) => (s.failure === null ? s : { failure: null }))
    void ask()
  }
  document.addEventListener('visibilitychange', onVisible)
  useHealth.setState({ sinceMs: Date.now() })
  poke = () => void ask()
  void ask()
  return () => {
    stopped = true
    poke = null
    clearTimeout(timer)
    abort.abort()
    document.removeEventListener('visibilitychange', onVisible)
  }
}

/** A server that began anew counts from 0: what was before is no part of its rates. */
function kept(samples: readonly Sample[], next: Sample): Sample[] {
  const last = samples.at(-1)
  const before = last !== undefined && next.health.uptime_s < last.health.uptime_s ? [] : samples
  return [...before.filter((sample) => next.ms - sample.ms <= kKeptMs), next]
}
