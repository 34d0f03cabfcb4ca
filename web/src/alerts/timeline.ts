// SPDX-License-Identifier: Apache-2.0
// Marks of the timeline: a lane for each of the vehicles with the most serious alerts, one for all others. Alerts of a
// severity that would lie on each other become one mark with a count, so there are never more marks than pixels allow. Pure.
import { type Alert, kSeverities, type Severity } from '../api/types'

export interface Mark {
  /** 0…1 from the left. */
  at: number
  severity: Severity
  count: number
  /** The newest alert of the mark. */
  id: string
}

export interface Lane {
  /** Null = all other vehicles. */
  vehicle: string | null
  alerts: number
  marks: Mark[]
}

const kWeight: Record<Severity, number> = { HIGH: 10_000, MEDIUM: 100, LOW: 1 }

export function lanesOf(alerts: readonly Alert[], fromMs: number, toMs: number, laneCount: number, bins: number): Lane[] {
  const byVehicle = new Map<string, { weight: number; alerts: Alert[] }>()
  for (const alert of alerts) {
    const entry = byVehicle.get(alert.device_id) ?? { weight: 0, alerts: [] }
    entry.weight += kWeight[alert.severity]
    entry.alerts.push(alert)
    byVehicle.set(alert.device_id, entry)
  }
  const ranked = [...byVehicle].toSorted(([a, x], [b, y]) => y.weight - x.weight || (a < b ? -1 : 1))
  const own = ranked.length <= laneCount ? ranked : ranked.slice(0, laneCount - 1)
  const lanes: Lane[] = own.map(([vehicle, entry]) => ({ vehicle, alerts: entry.alerts.length, marks: marksOf(entry.alerts, fromMs, toMs, bins) }))
  const rest = ranked.slice(own.length).flatMap(([, entry]) => entry.alerts)
  if (rest.length > 0) lanes.push({ vehicle: null, alerts: rest.length, marks: marksOf(rest, fromMs, toMs, bins) })
  return lanes
}

function marksOf(alerts: readonly Alert[], fromMs: number, toMs: number, bins: number): Mark[] {
  const span = Math.max(1, toMs - fromMs)
  const found = new Map<string, { mark: Mark; newest: string; sum: number }>()
  for (const alert of alerts) {
    const at = (Date.parse(alert.start) - fromMs) / span
    if (at < 0 || at > 1) continue
    const key = `${alert.severity}${Math.min(bins - 1, Math.floor(at * bins))}`
    const entry = found.get(key)
    if (!entry) {
      found.set(key, { mark: { at, severity: alert.severity, count: 1, id: alert.id }, newest: alert.start, sum: at })
      continue
    }
    entry.sum += at
    entry.mark.count++
    entry.mark.at = entry.sum / entry.mark.count
    if (alert.start > entry.newest) Object.assign(entry, { newest: alert.start, mark: { ...entry.mark, id: alert.id } })
  }
  // The most serious are drawn last, over the others.
  return [...found.values()].map(({ mark }) => mark).toSorted((a, b) => kSeverities.indexOf(b.severity) - kSeverities.indexOf(a.severity) || a.at - b.at)
}
