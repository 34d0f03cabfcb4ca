// SPDX-License-Identifier: Apache-2.0
// One vehicle's day: two stops, three trips, a silence of 40 minutes in the last of them, one overspeed.
import type { Record } from './server'

export const kDriver = 'D-1'
export const kDriverFleet = 'south'
/** The day before, so that it is over and within the retention. */
export const kDriveDay = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
export const clock = (time: string): number => Date.parse(`${kDriveDay}T${time}Z`)

const kStepMs = 10_000
/** From, to, km/h; the stops are where it stands for ten minutes and more. */
const kLegs: readonly (readonly [from: string, to: string, kmh: number])[] = [
  ['07:00:00', '08:00:00', 60], ['08:00:00', '08:20:00', 0], ['08:20:00', '09:00:00', 90], ['09:00:00', '09:15:00', 0], ['09:15:00', '10:00:00', 45], ['10:40:00', '11:00:00', 45],
]
const kFast = { from: clock('08:40:00'), to: clock('08:45:00') }

export function drive(): Record[] {
  const records: Record[] = []
  let lon = 1
  for (const [from, to, kmh] of kLegs) {
    for (let ms = clock(from); ms < clock(to); ms += kStepMs) {
      const speed = ms >= kFast.from && ms < kFast.to ? 150 : kmh
      records.push({
        device_id: kDriver, fleet_id: kDriverFleet, ts: new Date(ms).toISOString(), lat: 45, lon: Math.round(lon * 1e6) / 1e6, speed_kmh: speed, battery_pct: 90 - (ms - clock('07:00:00')) / 600_000,
        temp_c: 12,
      })
      lon += (speed / 3600) * (kStepMs / 1000) / (111.195 * Math.SQRT1_2)
    }
  }
  return records
}
