// SPDX-License-Identifier: Apache-2.0
// Shapes of the HTTP API under /api/v1 that the dashboard reads. Absent values are null.

export interface Page<T> {
  items: T[]
  next: string | null
  /** Only there when the question reaches before what is kept. */
  retention_from?: string
}

export interface Fleet {
  fleet_id: string
  devices: number
  last_ts: string | null
  retention_days: number | null
}

export interface Latest {
  device_id: string
  fleet_id: string
  ts: string | null
  pos_ts: string | null
  lat: number | null
  lon: number | null
  speed_kmh: number | null
  heading_deg: number | null
  battery_pct: number | null
  temp_c: number | null
  humidity_pct: number | null
  zone: string | null
  state: 'moving' | 'stopped' | 'stale' | 'offline'
  age_s: number | null
}

/** One record of a device's history; members that the record does not carry are missing. */
export interface HistoryRecord {
  ts: string
  lat?: number
  lon?: number
  speed_kmh?: number
  battery_pct?: number
  temp_c?: number
}

/** A record of a day's track: one of a history with its heading. */
export interface TrackRecord extends HistoryRecord {
  heading_deg?: number
}

export interface Device {
  device_id: string
  fleet_id: string
  first_seen: string | null
  last_seen: string | null
  records: number
}

export interface Trip {
  id: string
  start: string
  end: string
  distance_m: number
  driven_m: number
  max_speed_kmh: number | null
  start_reason: 'distance' | 'speed' | 'midnight'
  end_reason: 'open' | 'stop' | 'silence' | 'midnight'
}

export interface Stop {
  start: string
  end: string
  lat: number
  lon: number
  duration_s: number
}

export interface SearchHit {
  device_id: string
  fleet_id: string
}

/** What the operator of the server chose for the map; all null on a server without the route. */
export interface MapConfig {
  tile_url: string | null
  attribution: string | null
}

/** One hour of a fleet's day (UTC); hours without records are left out. */
export interface FleetHour {
  hour: number
  active_devices: number
  avg_speed_kmh: number | null
  avg_battery_pct: number | null
  alerts: { HIGH: number; MEDIUM: number; LOW: number }
}

export interface FleetDay {
  fleet: string
  day: string
  hours: FleetHour[]
}

export interface DeviceDay {
  device_id: string
  day: string
  records: number
  avg_speed_kmh: number | null
  max_speed_kmh: number | null
  distance_m: number
  driven_m: number
  gap_distance_m: number
  trips: number
  stops: number
  moving_s: number
  retention_from?: string
}

export const kSeverities = ['HIGH', 'MEDIUM', 'LOW'] as const
export type Severity = (typeof kSeverities)[number]
export const kAlertStates = ['OPEN', 'ACKNOWLEDGED', 'RESOLVED'] as const
export type AlertState = (typeof kAlertStates)[number]
export const kAlertTypes = ['OVERSPEED', 'LOW_BATTERY', 'TEMP_HIGH', 'TEMP_LOW', 'GPS_JUMP', 'DEVICE_ALARM', 'ZONE_ENTER', 'ZONE_EXIT', 'THRESHOLD'] as const
export type AlertType = (typeof kAlertTypes)[number]

export interface Alert {
  id: string
  fleet_id: string
  device_id: string
  rule: string
  type: AlertType
  severity: Severity
  state: AlertState
  start: string
  /** Null: it goes on. */
  end: string | null
  peak: number | null
  limit: number | null
  lat: number | null
  lon: number | null
  zone: string | null
  alarm: string | null
  late: boolean
  retracted: boolean
}

export interface AlertAction {
  action: 'acknowledge' | 'resolve' | 'comment'
  at: string
  who: string
  text: string
}

export interface AlertDetail extends Alert {
  actions: AlertAction[]
}

export interface AlertStatus {
  id: string
  state: AlertState
  actions: AlertAction[]
}

/** Alerts of one type from many vehicles within a minute; named by its first alert. */
export interface Incident {
  id: string
  type: AlertType
  start: string
  devices: number
  alert_ids: string[]
}
