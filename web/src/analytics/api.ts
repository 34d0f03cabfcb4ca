// SPDX-License-Identifier: Apache-2.0
// Requests that only the Analytics page makes, and the shapes of their answers.
import { get } from '../api/client'
import type { Alert, AlertType, FleetHour, HistoryRecord, Page } from '../api/types'
import type { MetricInfo } from './metrics'

type Field = MetricInfo['field']

export interface SeriesPoint {
  t: string
  min: number
  max: number
  mean: number
  count: number
}

export interface Series {
  metric: string
  bucket_s: number
  /** Ascending; buckets without a value are left out. */
  points: SeriesPoint[]
  /** Only when the question reaches before what is kept. */
  retention_from?: string
}

export interface HourRow extends FleetHour {
  records: number
  max_speed_kmh: number | null
  min_battery_pct: number | null
  avg_temp_c: number | null
  min_temp_c: number | null
  max_temp_c: number | null
  avg_humidity_pct: number | null
  distance_m: number
}

export interface DayRows {
  day: string
  hours: HourRow[]
}

export interface Trip {
  start: string
  end: string
  distance_m: number
}

export interface Rule {
  name: string
  type: AlertType | 'OFFLINE'
  limit?: number
  fleets?: string[]
  devices?: string[]
}

export interface Device {
  device_id: string
  last_seen: string | null
  records: number
}

/** A record of the track of a vehicle. */
export interface Fix extends HistoryRecord {
  heading_deg?: number
}

const part = encodeURIComponent
const kPage = 10_000

const span = (fromMs: number, toMs: number) => ({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() })

export function series(device: string, metric: Field, fromMs: number, toMs: number, points: number): Promise<Series> {
  return get(`devices/${part(device)}/series`, { metric, ...span(fromMs, toMs), points })
}

export function fleetHours(fleet: string, day: string, signal: AbortSignal): Promise<DayRows> {
  return get(`fleets/${part(fleet)}/analytics`, { day }, signal)
}

/** Trips that start in the range; a page holds more than a vehicle drives in a year. */
export async function trips(device: string, fromMs: number, toMs: number, signal: AbortSignal): Promise<Trip[]> {
  return (await get<Page<Trip>>(`devices/${part(device)}/trips`, { ...span(fromMs, toMs), limit: kPage }, signal)).items
}

export async function alertsOf(fleet: string, device: string, fromMs: number, toMs: number, signal: AbortSignal): Promise<Alert[]> {
  return (await get<Page<Alert>>(`fleets/${part(fleet)}/alerts`, { device, ...span(fromMs, toMs), limit: kPage }, signal)).items
}

export async function rules(signal: AbortSignal): Promise<Rule[]> {
  return (await get<Page<Rule>>('rules', {}, signal)).items
}

/** The first `kPage` devices of a fleet; `more` = there are others. */
export async function devices(fleet: string, signal: AbortSignal): Promise<{ devices: Device[]; more: boolean }> {
  const page = await get<Page<Device>>(`fleets/${part(fleet)}/devices`, { limit: kPage }, signal)
  return { devices: page.items, more: page.next !== null }
}

/** Positions oldest first. */
export async function track(device: string, fromMs: number, toMs: number): Promise<Fix[]> {
  return (await get<Page<Fix>>(`devices/${part(device)}/history`, { ...span(fromMs, toMs), limit: kPage, order: 'asc', fields: 'lat,lon,speed_kmh,heading_deg' })).items
}
