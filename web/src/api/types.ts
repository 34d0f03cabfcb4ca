// SPDX-License-Identifier: Apache-2.0
// Shapes of the HTTP API under /api/v1 that the dashboard reads. Absent values are null.

export interface Page<T> {
  items: T[]
  next: string | null
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
  moving_s: number
}
