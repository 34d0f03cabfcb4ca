// SPDX-License-Identifier: Apache-2.0
// The page's side of the worker: mirrors the store for drawing, tells listeners that something changed. Two speeds:
// `onData` at once (the map marks itself dirty), `subscribe` at most four times a second (React).
import { kApiBase } from '../api/client'
import type { Link } from './connection'
import { endOfDayMs } from './day'
import type { Clock, FromWorker, ToWorker } from './messages'
import type { Query, View } from './query'
import { kClasses, kDefaultLimits, kStates, type Limits, VehicleStore } from './vehicle-store'
import type { Kpis } from './wire'

/** Everything a component shows apart from the vehicles' values; replaced, never changed in place. */
export interface LiveState {
  version: number
  mode: 'live' | 'day'
  fleet: string | null
  day: string | null
  /** The instant of the day that is shown, or on its way; null = its end. */
  atMs: number | null
  /** Another instant of the same day is on its way; the former one is shown until then. */
  moving: boolean
  /** `loading` until the first rows are complete; `failed` only for a past day (the live link retries by itself). */
  phase: 'idle' | 'loading' | 'ready' | 'failed'
  failure: string | null
  link: Link
  kpis: Kpis | null
  view: View
  expected: number | null
  serverVersion: string | null
}

const kEmptyView: View = {
  rows: new Uint32Array(0), total: 0, classCounts: Array.from({ length: kClasses }, () => 0), stateCounts: kStates.map(() => 0),
}
const kNotifyMs = 250
const kIdle: Link = { phase: 'idle', heardMs: null, nextTryMs: null, lagMs: null }

export class LiveClient {
  readonly store = new VehicleStore()
  limits: Limits = kDefaultLimits
  private clock: Clock = { skewMs: 0, fixedMs: null }
  private state: LiveState = {
    version: 0, mode: 'live', fleet: null, day: null, atMs: null, moving: false, phase: 'idle', failure: null, link: kIdle, kpis: null,
    view: kEmptyView, expected: null, serverVersion: null,
  }
  private pending: Partial<LiveState> = {}
  private timer: ReturnType<typeof setTimeout> | null = null
  private readonly listeners = new Set<() => void>()
  private readonly dataListeners = new Set<() => void>()
  private received = 0
  /** All vehicles of the snapshot, or of the day, have arrived. */
  private complete = false

  constructor(private readonly worker: Worker) {
    worker.addEventListener('message', (event: MessageEvent<FromWorker>) => this.receive(event.data))
  }

  /** The instant that ages refer to, in the server's time: now, or the end of the day that is shown. */
  nowMs(): number {
    return this.clock.fixedMs ?? Date.now() - this.clock.skewMs
  }

  show(fleet: string, day: string | null, atMs: number | null = null): void {
    const before = this.latest()
    if (before.fleet === fleet && before.day === day && before.atMs === atMs && before.phase !== 'failed') return
    if (day !== null && before.fleet === fleet && before.day === day && before.phase === 'ready') {
      this.change({ atMs, moving: true }, true)
      this.post({ type: 'day', fleet, day, atMs, keep: true })
      return
    }
    this.clock = { ...this.clock, fixedMs: day === null ? null : atMs ?? endOfDayMs(day) }
    this.forget()
    this.change({
      fleet, day, atMs, moving: false, mode: day === null ? 'live' : 'day', phase: 'loading', failure: null, kpis: null, view: kEmptyView, expected: null,
      ...(day === null ? {} : { link: kIdle }),
    }, true)
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    this.post(day === null
      ? { type: 'live', url: `${scheme}://${location.host}${kApiBase}/live`, fleet }
      : { type: 'day', fleet, day, atMs, keep: false })
  }

  query(query: Query): void {
    this.post({ type: 'query', query })
  }

  retry(): void {
    const { fleet, day, atMs, phase } = this.state
    if (phase === 'failed' && fleet !== null) this.show(fleet, day, atMs)
    else this.post({ type: 'hurry' })
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly snapshot = (): LiveState => this.state

  onData(listener: () => void): () => void {
    this.dataListeners.add(listener)
    return () => this.dataListeners.delete(listener)
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message)
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'link': {
        const before = this.latest().link.phase
        this.change({ link: message.link }, before !== message.link.phase)
        return
      }
      case 'reset':
        this.clock = message.clock
        this.forget()
        this.change({
          view: kEmptyView, expected: message.devices, kpis: null, phase: 'loading',
        })
        this.complete = message.devices === 0
        break
      case 'ids': this.store.setIds(message.first, message.ids); return
      case 'zones': this.store.setZones(message.first, message.zones); return
      case 'frame':
        this.clock = message.clock
        this.store.apply(message.frame)
        if (message.frame.kind === 'snap') this.received += message.frame.count
        this.complete ||= this.received >= (this.latest().expected ?? Infinity)
        this.change({})
        break
      case 'rows':
        this.clock = message.clock
        this.store.apply(message.rows)
        this.change({})
        break
      case 'day-done':
        this.complete = true
        this.change({ moving: false }, true)
        return
      case 'day-failed': this.change({ phase: 'failed', failure: message.reason, moving: false }, true); return
      case 'limits':
        this.limits = message.limits
        this.change({ serverVersion: message.version })
        return
      case 'kpis': this.change({ kpis: message.kpis }, true); return
      case 'view':
        // The first view over all vehicles ends the loading.
        if (this.complete && this.latest().phase === 'loading') this.change({ view: message.view, phase: 'ready' }, true)
        else this.change({ view: message.view })
        break
    }
    for (const listener of this.dataListeners) listener()
  }

  private forget(): void {
    this.store.clear()
    this.received = 0
    this.complete = false
  }

  private latest(): LiveState {
    return { ...this.state, ...this.pending }
  }

  private change(change: Partial<LiveState>, now = false): void {
    Object.assign(this.pending, change)
    if (now) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), kNotifyMs)
  }

  private flush(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.state = { ...this.state, ...this.pending, version: this.state.version + 1 }
    this.pending = {}
    for (const listener of this.listeners) listener()
  }
}
