// SPDX-License-Identifier: Apache-2.0
// The list of alerts of the fleet and range that the page shows: read again every few seconds while the page is visible
// (cheap: the server answers "not modified"), changed at once by what the reader does, put back when that failed.
import { create } from 'zustand'
import { actOnAlert, ApiError, getKept, type Kept } from '../api/client'
import type { Alert, AlertState, Incident, Page } from '../api/types'
import { parseRange } from '../app/time-range'
import { addressOf } from '../app/pages'
import { type HistoryMode, writeAddress } from '../app/page-store'
import { type AlertQuery, formatAlertQuery, parseAlertQuery } from './query'
import { begin, changeable, confirm, type PendingById, rollBack, settle } from './optimistic'

const kPollMs = 2000
const kPageSize = 10_000
const kMaxPages = 5
const kMinuteMs = 60_000
const kParallel = 6

interface AlertsState {
  query: AlertQuery
  alerts: readonly Alert[]
  incidents: readonly Incident[]
  pending: PendingById
  phase: 'loading' | 'ready' | 'failed'
  failure: string | null
  /** When the list was asked for that is shown; null = none yet. */
  askedMs: number | null
  /** There are more alerts in the range than the page reads. */
  cut: boolean
  /** What could not be done, until it is read. */
  refused: { count: number; reason: string } | null
  /** Grows with each action that the server took. */
  acted: number
}

export const useAlerts = create<AlertsState>(() => ({
  query: parseAlertQuery(location.search), alerts: [], incidents: [], pending: new Map(), phase: 'loading', failure: null, askedMs: null, cut: false, refused: null, acted: 0,
}))

addEventListener('popstate', () => useAlerts.setState({ query: parseAlertQuery(location.search) }))

/** Changes what is asked for, and the address. */
export function setQuery(change: Partial<AlertQuery>, mode: HistoryMode = 'push'): void {
  const query = { ...useAlerts.getState().query, ...change }
  useAlerts.setState({ query })
  writeAddress(addressOf('alerts', formatAlertQuery(query, location.search)), mode)
}

let poke: (() => void) | null = null

/** Reads the list now instead of at the next turn. */
export function refreshAlerts(): void {
  poke?.()
}

/** Follows the alerts of a fleet until the returned function is called. */
export function followAlerts(fleet: string, range: string): () => void {
  const abort = new AbortController()
  const kept: Kept = new Map()
  let timer: ReturnType<typeof setTimeout> | undefined
  let reading = false
  let again = false
  useAlerts.setState({ alerts: [], incidents: [], phase: 'loading', failure: null, askedMs: null, cut: false })

  const read = async () => {
    clearTimeout(timer)
    if (reading) {
      again = true
      return
    }
    if (document.hidden) return
    reading = true
    const askedMs = Date.now()
    try {
      const list = await readList(fleet, range, kept, abort.signal)
      if (abort.signal.aborted) return
      useAlerts.setState((s) => ({ ...list, pending: settle(s.pending, askedMs), phase: 'ready', failure: null, askedMs }))
    } catch (error) {
      if (abort.signal.aborted) return
      useAlerts.setState((s) => ({ phase: s.askedMs === null ? 'failed' : 'ready', failure: reasonOf(error) }))
    } finally {
      reading = false
    }
    // A list that takes long to read is read less often.
    const wait = again ? 0 : Math.max(kPollMs, 5 * (Date.now() - askedMs))
    again = false
    timer = setTimeout(() => void read(), wait)
  }
  const onVisible = () => { if (!document.hidden) void read() }
  document.addEventListener('visibilitychange', onVisible)
  poke = () => void read()
  void read()
  return () => {
    abort.abort()
    clearTimeout(timer)
    poke = null
    document.removeEventListener('visibilitychange', onVisible)
  }
}

async function readList(fleet: string, range: string, kept: Kept, signal: AbortSignal): Promise<Pick<AlertsState, 'alerts' | 'incidents' | 'cut'>> {
  // Whole minutes, so that the address stays the same for a minute and the answer may be "not modified".
  const now = Math.floor(Date.now() / kMinuteMs) * kMinuteMs
  const { fromMs, toMs } = parseRange(range, now)!
  const from = new Date(fromMs).toISOString()
  const to = toMs === null ? null : new Date(toMs).toISOString()
  const path = `fleets/${encodeURIComponent(fleet)}`
  const pages: Page<Alert>[] = []
  let cursor: string | null = null
  do {
    const page: Page<Alert> = await getKept<Page<Alert>>(kept, `${path}/alerts`, { from, to, retracted: 'true', limit: kPageSize, cursor }, signal)
    pages.push(page)
    cursor = page.next
  } while (cursor !== null && pages.length < kMaxPages)
  const incidents = await getKept<Page<Incident>>(kept, `${path}/incidents`, { from, to, limit: kPageSize }, signal)
  for (const url of kept.keys()) if (!url.includes(encodeURIComponent(from))) kept.delete(url)
  const alerts = pages.length === 1 ? pages[0]!.items : pages.flatMap((page) => page.items)
  return { alerts, incidents: incidents.items, cut: cursor !== null }
}

/** Acknowledges or resolves; shown at once, put back for those that the server refused. */
export async function act(alerts: readonly Alert[], action: 'ack' | 'resolve', who: string): Promise<void> {
  const to: AlertState = action === 'ack' ? 'ACKNOWLEDGED' : 'RESOLVED'
  const ids = changeable(alerts, to).map((alert) => alert.id)
  if (ids.length === 0) return
  useAlerts.setState((s) => ({ pending: begin(s.pending, ids, to), refused: null }))
  const queue = [...ids]
  const failures: string[] = []
  const work = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const one = id
      try {
        const status = await actOnAlert(one, action, who)
        useAlerts.setState((s) => ({ pending: confirm(s.pending, one, status.state, Date.now()), acted: s.acted + 1 }))
      } catch (error) {
        failures.push(reasonOf(error))
        useAlerts.setState((s) => ({ pending: rollBack(s.pending, one) }))
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(kParallel, ids.length) }, work))
  if (failures.length > 0) useAlerts.setState({ refused: { count: failures.length, reason: failures[0]! } })
  refreshAlerts()
}

export function reasonOf(error: unknown): string {
  return error instanceof ApiError || error instanceof Error ? error.message : String(error)
}
