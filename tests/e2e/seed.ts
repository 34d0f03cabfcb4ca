// SPDX-License-Identifier: Apache-2.0
// 500 vehicles around Paris, a hundred of each speed class, and one far from all others to be moved about.
import type { Record } from './server'

export const kFleet = 'idf'
export const kLoner = { id: 'V-LONER', lat: 49.3, lon: 3.2 }
const kSpeeds = [0, 15, 42.5, 75, 110]

export function at(msAgo: number): string {
  return new Date(Date.now() - msAgo).toISOString()
}

export function seed(): Record[] {
  const records: Record[] = []
  for (let i = 0; i < 500; i++) {
    // A sunflower: even, without any two at one place.
    const r = 0.32 * Math.sqrt((i + 0.5) / 500)
    const a = i * 2.399963
    records.push({
      device_id: `V-${String(i + 1).padStart(4, '0')}`, fleet_id: kFleet, ts: at(0), lat: 48.8566 + r * Math.sin(a) * 0.66, lon: 2.3522 + r * Math.cos(a), speed_kmh: kSpeeds[i % 5]!,
      heading_deg: (i * 37) % 360, battery_pct: 20 + (i % 80), temp_c: 15 + (i % 20), humidity_pct: 50, zone: `zone_${'abc'[i % 3]}`,
    })
  }
  records.push({ device_id: kLoner.id, fleet_id: kFleet, ts: at(0), lat: kLoner.lat, lon: kLoner.lon, speed_kmh: 110, battery_pct: 50 })
  return records
}

/** The same fleet on the evening before, all at one speed. */
export function yesterday(): { day: string; records: Record[] } {
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  const records = seed().map((r) => ({ ...r, ts: `${day}T23:58:00.000Z`, speed_kmh: 20 }))
  return { day, records }
}
