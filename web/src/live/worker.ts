// SPDX-License-Identifier: Apache-2.0
// The worker: owns the socket, decodes frames, keeps its own VehicleStore and answers the page's query over it whenever
// the store changed, at most four times a second. Frames go on to the page without a copy after they were applied here.
import { kpis as fetchKpis, latestPage } from '../api/client'
import type { Latest } from '../api/types'
import { Connection, kBrowser, type Sink } from './connection'
import { endOfDayMs, rowsFromLatest } from './day'
import type { Clock, FromWorker, ToWorker } from './messages'
import { type Query, runQuery } from './query'
import { kDefaultLimits, type Limits, VehicleStore } from './vehicle-store'
import { transferables } from './wire'

const kViewMs = 250
const kAgeingMs = 2000

const store = new VehicleStore()
let limits: Limits = kDefaultLimits
let clock: Clock = { skewMs: 0, fixedMs: null }
let skewKnown = false
let query: Query = { text: '', states: [], classes: [], sort: 'id', descending: false }
let connection: Connection | null = null
let loading: AbortController | null = null

function post(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer })
}

// ------------------------------------------------------------------ view

let viewTimer: ReturnType<typeof setTimeout> | null = null
let viewCostMs = 0

function viewSoon(ms = Math.max(kViewMs, 5 * viewCostMs)): void {
  if (viewTimer !== null && ms > 0) return
  if (viewTimer !== null) clearTimeout(viewTimer)
  viewTimer = setTimeout(() => {
    viewTimer = null
    const started = performance.now()
    const view = runQuery(store, query, clock.fixedMs ?? Date.now() - clock.skewMs, limits)
    viewCostMs = performance.now() - started
    post({ type: 'view', view }, [view.rows.buffer as ArrayBuffer])
  }, ms)
}

// States age while nothing arrives.
setInterval(() => {
  if (clock.fixedMs === null && store.size > 0) viewSoon()
}, kAgeingMs)

// ------------------------------------------------------------------ live

/** The smallest difference seen is the one with the least network in it; it may drift slowly. */
function learnSkew(baseMs: number): void {
  const seen = Date.now() - baseMs
  clock = { fixedMs: null, skewMs: !skewKnown || seen < clock.skewMs ? seen : clock.skewMs + (seen - clock.skewMs) * 0.01 }
  skewKnown = true
}

const sink: Sink = {
  link: (link) => post({ type: 'link', link }),
  slots: () => store.knownSlots(),
  message: (message) => {
    switch (message.type) {
      case 'welcome':
        limits = { staleMs: message.stale_s * 1000, offlineMs: message.offline_s * 1000 }
        post({ type: 'limits', limits, version: message.version })
        break
      case 'snap':
        store.clear(message.devices)
        post({ type: 'reset', devices: message.devices, clock })
        viewSoon(0)
        break
      case 'ids':
        store.setIds(message.first, message.ids)
        post({ type: 'ids', first: message.first, ids: message.ids })
        break
      case 'zones':
        store.setZones(message.first, message.zones)
        post({ type: 'zones', first: message.first, zones: message.zones })
        break
      case 'kpi':
        post({ type: 'kpis', kpis: message })
        break
      case 'resume':
      case 'lag':
      case 'pong':
        break
    }
  },
  frame: (frame) => {
    learnSkew(frame.baseMs)
    store.apply(frame)
    post({ type: 'frame', frame, clock }, transferables(frame))
    viewSoon()
  },
}

function goLive(url: string, fleet: string): void {
  loading?.abort()
  loading = null
  clock = { skewMs: clock.skewMs, fixedMs: null }
  store.clear()
  post({ type: 'reset', devices: null, clock })
  connection ??= new Connection(url, sink, kBrowser)
  connection.follow(fleet)
}

// ------------------------------------------------------------------ a past day

async function loadDay(fleet: string, day: string, atMs: number | null, keep: boolean): Promise<void> {
  connection?.close()
  loading?.abort()
  const abort = new AbortController()
  loading = abort
  const next = { skewMs: clock.skewMs, fixedMs: atMs ?? endOfDayMs(day) }
  if (!keep) {
    clock = next
    store.clear()
    post({ type: 'reset', devices: null, clock })
  }
  const zones = new Map<string, number>(store.zones.slice(1).map((name, i) => [name, i + 1]))
  const fresh: string[] = []
  const zoneNumber = (name: string) => {
    const known = zones.get(name)
    if (known !== undefined) return known
    zones.set(name, zones.size + 1)
    fresh.push(name)
    return zones.size
  }
  try {
    if (!keep) post({ type: 'kpis', kpis: await fetchKpis(fleet, day, abort.signal) })
    // With `keep` all pages come first, so that no two instants are on the map at once.
    const absent = new Set(keep ? store.ids : [])
    const show = (items: readonly Latest[]) => {
      const fresh0 = store.size
      const added = items.filter((item) => store.slotOf(item.device_id) < 0).map((item) => item.device_id)
      store.setIds(fresh0, added)
      post({ type: 'ids', first: fresh0, ids: added })
      const rows = rowsFromLatest(items, 0, zoneNumber)
      items.forEach((item, i) => { rows.slot[i] = store.slotOf(item.device_id) })
      if (fresh.length > 0) {
        const at = zones.size - fresh.length + 1
        store.setZones(at, fresh)
        post({ type: 'zones', first: at, zones: fresh.splice(0) })
      }
      store.apply(rows)
      post({ type: 'rows', rows, clock }, transferables(rows))
    }
    const kept: Latest[] = []
    let cursor: string | null = null
    do {
      const page = await latestPage(fleet, atMs === null ? { day } : { at: new Date(atMs).toISOString() }, cursor, abort.signal)
      if (abort.signal.aborted) return
      if (keep) {
        kept.push(...page.items)
        for (const item of page.items) absent.delete(item.device_id)
      } else {
        show(page.items)
        viewSoon()
      }
      cursor = page.next
    } while (cursor !== null)
    if (keep) {
      clock = next
      show([...kept, ...[...absent].map(nowhere)])
    }
    viewSoon(0)
    post({ type: 'day-done' })
  } catch (error) {
    if (!abort.signal.aborted) post({ type: 'day-failed', reason: error instanceof Error ? error.message : String(error) })
  }
}

/** A vehicle of which nothing was known yet at the instant. */
function nowhere(device_id: string): Latest {
  return {
    device_id, fleet_id: '', ts: null, pos_ts: null, lat: null, lon: null, speed_kmh: null, heading_deg: null, battery_pct: null, temp_c: null, humidity_pct: null, zone: null,
    state: 'offline', age_s: null,
  }
}

// ------------------------------------------------------------------ page

self.addEventListener('message', (event: MessageEvent<ToWorker>) => {
  const message = event.data
  switch (message.type) {
    case 'live': goLive(message.url, message.fleet); break
    case 'day': void loadDay(message.fleet, message.day, message.atMs, message.keep); break
    case 'query':
      query = message.query
      viewSoon(0)
      break
    case 'hurry': connection?.hurry(); break
  }
})
self.addEventListener('online', () => connection?.hurry())
