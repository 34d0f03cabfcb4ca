// SPDX-License-Identifier: Apache-2.0
// GET requests of the HTTP API. A failed request throws ApiError with the server's own words where it gave some.
import type { Kpis } from '../live/wire'
import type { DeviceDay, Fleet, FleetDay, HistoryRecord, Latest, MapConfig, Page, SearchHit } from './types'

export const kApiBase = '/api/v1'

export class ApiError extends Error {
  /** `status` 0 = the server was not reached. */
  constructor(readonly status: number, message: string) {
    super(message)
  }
}

type Params = Record<string, string | number | null | undefined>

export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined) query.set(name, String(value))
  }
  const url = `${kApiBase}/${path}${query.size > 0 ? `?${query}` : ''}`
  let response: Response
  try {
    response = await fetch(url, { signal: signal ?? null, headers: { accept: 'application/json' } })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, error instanceof Error ? error.message : String(error))
  }
  if (!response.ok) throw new ApiError(response.status, await problemOf(response))
  return await response.json() as T
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

export function latestPage(fleet: string, day: string, cursor: string | null, signal?: AbortSignal): Promise<Page<Latest>> {
  return get(`fleets/${part(fleet)}/latest`, { day, cursor, limit: 10_000 }, signal)
}

/** Oldest first, at most `limit` of the newest records in [from, to). */
export async function history(device: string, from: Date, to: Date, limit: number, signal?: AbortSignal): Promise<HistoryRecord[]> {
  const page = await get<Page<HistoryRecord>>(`devices/${part(device)}/history`,
    { from: from.toISOString(), to: to.toISOString(), limit, fields: 'lat,lon,speed_kmh' }, signal)
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
