// SPDX-License-Identifier: Apache-2.0
// What the Vehicle page shows: the vehicle, its day, and where the replay stands. A day that goes on is read further every few
// seconds. The clock of the replay has a store of its own, because it changes with each frame.
import { create } from 'zustand'
import { alertsOfDay, ApiError, deviceDay, deviceInfo, deviceLatest, stops as readStops, trackPage, trips as readTrips } from '../api/client'
import type { Alert, Device, DeviceDay, Latest, Stop, TrackRecord, Trip } from '../api/types'
import { type HistoryMode, usePage, writeAddress } from '../app/page-store'
import { addressOf } from '../app/pages'
import { today } from '../shell/calendar'
import { type DayTrack, gapsOf, type Span, trackOf } from './day-track'
import { endOf, formatVehicleQuery, parseVehicleQuery, startOf, type VehicleQuery } from './query'
import type { Rate } from './replay'

const kPollMs = 5000
/** 100,000 records: more than one a second for a whole day. */
const kMaxPages = 10

export interface VehicleDay {
  day: string
  track: DayTrack
  records: readonly TrackRecord[]
  gaps: readonly Span[]
  trips: readonly Trip[]
  stops: readonly Stop[]
  alerts: readonly Alert[]
  summary: DeviceDay
  /** The beginning of what is kept, when the day reaches before it. */
  retentionFrom: string | null
  /** There are more records than the page reads. */
  cut: boolean
}

interface VehicleState {
  query: VehicleQuery
  device: Device | null
  latest: Latest | null
  day: VehicleDay | null
  phase: 'loading' | 'ready' | 'failed' | 'unknown'
  /** Also of a later reading; then `phase` stays ready. */
  failure: string | null
  /** When the vehicle was last read with success. */
  readMs: number | null
  /** Grows when the reader asks to try again. */
  tries: number
}

export const useVehicle = create<VehicleState>(() => ({ query: parseVehicleQuery(location.search), device: null, latest: null, day: null, phase: 'loading', failure: null, readMs: null, tries: 0 }))

interface ReplayState {
  /** Null: nothing is shown of any instant. */
  atMs: number | null
  playing: boolean
  rate: Rate
  skip: boolean
  /** Under the pointer on a chart. */
  ghostMs: number | null
}

export const useReplay = create<ReplayState>(() => ({ atMs: null, playing: false, rate: 60, skip: true, ghostMs: null }))

addEventListener('popstate', () => useVehicle.setState({ query: parseVehicleQuery(location.search) }))

export function setVehicleQuery(query: VehicleQuery, mode: HistoryMode): void {
  useVehicle.setState({ query })
  writeAddress(addressOf('vehicle', formatVehicleQuery(query, location.search), usePage.getState().vehicle), mode)
}

export function chooseDay(day: string): void {
  setVehicleQuery({ day, atMs: null }, 'push')
}

/** Moves the replay; the address follows when the hand rests. */
export function seek(atMs: number): void {
  const day = useVehicle.getState().day
  if (!day) return
  useReplay.setState({ atMs: Math.max(startOf(day.day), Math.min(endOf(day.day) - 1, atMs)) })
  keepAddress()
}

let addressTimer: ReturnType<typeof setTimeout> | undefined

export function keepAddress(): void {
  clearTimeout(addressTimer)
  addressTimer = setTimeout(() => {
    const { query, day } = useVehicle.getState()
    const { atMs } = useReplay.getState()
    if (usePage.getState().page === 'vehicle' && day !== null && query.day === day.day && atMs !== null) setVehicleQuery({ day: day.day, atMs }, 'replace')
  }, 300)
}

export function retryVehicle(): void {
  useVehicle.setState((s) => ({ tries: s.tries + 1 }))
}

/** Reads a vehicle and its day until the returned function is called. */
export function followVehicle(id: string, wanted: string | null): () => void {
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const before = useVehicle.getState()
  const same = before.device?.device_id === id
  // The address has just got the day that was read without it.
  const known = same && before.phase === 'ready' && wanted !== null && before.day?.day === wanted
  if (!known) useVehicle.setState({ day: null, phase: 'loading', failure: null, readMs: null, ...(same ? {} : { device: null, latest: null }) })
  const read = async () => {
    let day = wanted
    if (!document.hidden || useVehicle.getState().day === null) {
      try {
        const [device, latest] = await Promise.all([deviceInfo(id, abort.signal), deviceLatest(id, abort.signal)])
        useVehicle.setState({ device, latest })
        day ??= latest.ts?.slice(0, 10) ?? today()
        const next = await readDay(device, day, useVehicle.getState().day, abort.signal)
        if (abort.signal.aborted) return
        useVehicle.setState({ day: next, phase: 'ready', failure: null, readMs: Date.now() })
      } catch (error) {
        if (abort.signal.aborted) return
        const failure = error instanceof Error ? error.message : String(error)
        const unknown = error instanceof ApiError && error.status === 404
        useVehicle.setState((s) => ({ failure, phase: unknown ? 'unknown' : s.day === null ? 'failed' : 'ready' }))
        if (unknown) return
      }
    }
    // A day that is over does not change under the reader, except by late data: those come with the next visit.
    if (useVehicle.getState().day === null || (day !== null && day >= today())) timer = setTimeout(() => void read(), kPollMs)
  }
  if (!known) void read()
  else if (wanted >= today()) timer = setTimeout(() => void read(), kPollMs)
  return () => {
    abort.abort()
    clearTimeout(timer)
  }
}

/** `before`: the same day as read last; its records are not read again. */
async function readDay(device: Device, day: string, before: VehicleDay | null, signal: AbortSignal): Promise<VehicleDay> {
  const id = device.device_id
  const [summary, trips, stops, alerts] = await Promise.all([
    deviceDay(id, day, signal), readTrips(id, day, signal), readStops(id, day, signal), alertsOfDay(device.fleet_id, id, day, signal),
  ])
  const last = before?.records.at(-1)
  const known = before !== null && last !== undefined && before.records.length <= summary.records ? before.records : []
  const from = known.length > 0 ? new Date(Date.parse(last!.ts) + 1).toISOString() : new Date(startOf(day)).toISOString()
  let retentionFrom = summary.retention_from ?? null
  let cursor: string | null = null
  const fresh: TrackRecord[] = []
  let pages = 0
  do {
    const page: Awaited<ReturnType<typeof trackPage>> = await trackPage(id, from, new Date(endOf(day)).toISOString(), cursor, signal)
    fresh.push(...page.items)
    retentionFrom ??= page.retention_from ?? null
    cursor = page.next
  } while (cursor !== null && ++pages < kMaxPages)
  const unchanged = before !== null && fresh.length === 0 && known === before.records
  const records = unchanged ? before.records : [...known, ...fresh]
  const track = unchanged ? before.track : trackOf(records)
  return { day, track, records, gaps: unchanged ? before.gaps : gapsOf(track), trips, stops, alerts, summary, retentionFrom, cut: cursor !== null }
}
