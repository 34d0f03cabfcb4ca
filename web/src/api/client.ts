// SPDX-License-Identifier: Apache-2.0
// Requests of the HTTP API. A failed request throws ApiError with the server's own words where it gave some.
import type { Kpis } from '../live/wire'
import type { QuarantinedRecord } from '../app/health-types'
import type { Alert, AlertDetail, AlertStatus, Device, DeviceDay, Fleet, FleetDay, HistoryRecord, Latest, MapConfig, Page, SearchHit, Stop, TrackRecord, Trip } from './types'

export const kApiBase = '/api/v1'

export class ApiError extends Error {
  /** `status` 0 = the server was not reached. */
  constructor(readonly status: number, message: string) {
    super(message)
  }
}

type Params = Record<string, string | number | null | undefined>

export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const response = await send(urlOf(path, params), { signal: signal ?? null, headers: { accept: 'application/json' } })
  if (!response.ok) throw new ApiError(response.status, await problemOf(response))
  return await response.json() as T
}

/** Answers of the server with their ETag, to ask again cheaply. One for each list that is asked for again and again. */
export type Kept = Map<string, { etag: string; body: unknown }>

/** Like `get`; when the server says that nothing changed the very same object comes back. */
export async function getKept<T>(kept: Kept, path: string, params: Params, signal?: AbortSignal): Promise<T> {
  const url = urlOf(path, params)
  const known = kept.get(url)
  const headers: Record<string, string> = known ? { accept: 'application/json', 'if-none-match': known.etag } : { accept: 'application/json' }
  const response = await send(url, { signal: signal ?? null, headers, cache: 'no-store' })
  if (response.status === 304 && known) return known.body as T
  if (!response.ok) throw new ApiError(response.status, await problemOf(response))
  const body = await response.json() as T
  const etag = response.headers.get('etag')
  if (etag !== null) kept.set(url, { etag, body })
  return body
}

async function post<T>(path: string, body: object): Promise<T> {
  const response = await send(`${kApiBase}/${path}`, { method: 'POST', headers: { accept: 'application/json', 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new ApiError(response.status, await problemOf(response))
  return await response.json() as T
}

function urlOf(path: string, params: Params): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined) query.set(name, String(value))
  }
  return `${kApiBase}/${path}${query.size > 0 ? `?${query}` : ''}`
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new ApiError(0, error instanceof Error ? error.message : String(error))
  }
}

async function problemOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const problem = JSON.parse(text) as { title?: string; detail?: string }
    return problem.detail ?? problem.title ?? response.statusText
  } catch {
    return response.statusText
  }
}

const part = encodeURIComponent

/** All fleets: the list is short and comes in one page. */
export async function fleets(signal?: AbortSignal): Promise<Fleet[]> {
  return (await get<Page<Fleet>>('fleets', {}, signal)).items
}

export function kpis(fleet: string, day: string | null, signal?: AbortSignal): Promise<Kpis> {
  return get(`fleets/${part(fleet)}/kpis`, { day }, signal)
}

/** The state of a fleet at the end of a UTC day, or at an instant. */
export function latestPage(fleet: string, when: { day: string } | { at: string }, cursor: string | null, signal?: AbortSignal): Promise<Page<Latest>> {
  return get(`fleets/${part(fleet)}/latest`, { ...when, cursor, limit: 10_000 }, signal)
}

/** Oldest first, at most `limit` of the newest records in [from, to). */
export async function history(device: string, from: Date, to: Date, limit: number, signal?: AbortSignal): Promise<HistoryRecord[]> {
  const page = await get<Page<HistoryRecord>>(`devices/${part(device)}/history`,
    { from: from.toISOString(), to: to.toISOString(), limit, fields: 'lat,lon,speed_kmh,battery_pct,temp_c' }, signal)
  return page.items.toReversed()
}

export function fleetDay(fleet: string, day: string, signal?: AbortSignal): Promise<FleetDay> {
  return get(`fleets/${part(fleet)}/analytics`, { day }, signal)
}

export function deviceDay(device: string, day: string, signal?: AbortSignal): Promise<DeviceDay> {
  return get(`devices/${part(device)}/summary`, { day }, signal)
}

export async function search(text: string, signal?: AbortSignal): Promise<SearchHit[]> {
  const page = await get<Page<SearchHit>>('search', { q: text, limit: 12 }, signal)
  return page.items
}

export async function mapConfig(signal?: AbortSignal): Promise<MapConfig> {
  try {
    const config = await get<{ map?: Partial<MapConfig> }>('config', {}, signal)
    return { tile_url: config.map?.tile_url ?? null, attribution: config.map?.attribution ?? null }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { tile_url: null, attribution: null }
    throw error
  }
}

export function alert(id: string, signal?: AbortSignal): Promise<AlertDetail> {
  return get(`alerts/${part(id)}`, {}, signal)
}

/** The whole record of a device at an instant, as the server keeps it; null when there is none. */
export async function recordAt(device: string, at: Date, signal?: AbortSignal): Promise<Record<string, unknown> | null> {
  const page = await get<Page<Record<string, unknown>>>(`devices/${part(device)}/history`,
    { from: at.toISOString(), to: new Date(at.getTime() + 1).toISOString(), limit: 1 }, signal)
  return page.items[0] ?? null
}

export function actOnAlert(id: string, action: 'ack' | 'resolve' | 'comment', who: string, text?: string): Promise<AlertStatus> {
  return post(`alerts/${part(id)}/${action}`, text === undefined ? { who } : { who, text })
}

export function deviceInfo(id: string, signal?: AbortSignal): Promise<Device> {
  return get(`devices/${part(id)}`, {}, signal)
}

export function deviceLatest(id: string, signal?: AbortSignal): Promise<Latest> {
  return get(`devices/${part(id)}/latest`, {}, signal)
}

/** A page of the records in [from, to), oldest first. */
export function trackPage(id: string, from: string, to: string, cursor: string | null, signal?: AbortSignal): Promise<Page<TrackRecord>> {
  return get(`devices/${part(id)}/history`, { from, to, order: 'asc', limit: 10_000, cursor, fields: 'lat,lon,speed_kmh,heading_deg,battery_pct,temp_c' }, signal)
}

export async function trips(id: string, day: string, signal?: AbortSignal): Promise<Trip[]> {
  return (await get<Page<Trip>>(`devices/${part(id)}/trips`, { day, limit: 10_000 }, signal)).items
}

export async function stops(id: string, day: string, signal?: AbortSignal): Promise<Stop[]> {
  return (await get<Page<Stop>>(`devices/${part(id)}/stops`, { day, limit: 10_000 }, signal)).items
}

/** Of one vehicle, by the day of their start; a thousand at most. */
export async function alertsOfDay(fleet: string, id: string, day: string, signal?: AbortSignal): Promise<Alert[]> {
  return (await get<Page<Alert>>(`fleets/${part(fleet)}/alerts`, { device: id, day, limit: 1000 }, signal)).items
}

/** The newest records that went to the quarantine, newest first. */
export async function newestQuarantined(signal?: AbortSignal): Promise<QuarantinedRecord[]> {
  return (await get<Page<QuarantinedRecord>>('quarantine', { limit: 50 }, signal)).items
}
