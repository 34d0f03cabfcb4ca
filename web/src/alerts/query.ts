// SPDX-License-Identifier: Apache-2.0
// What the reader asks of the list of alerts, in the address bar and as a filter. Pure.
import { type Alert, type AlertState, type AlertType, kAlertStates, kAlertTypes, kSeverities, type Severity } from '../api/types'
import { parseRange } from '../app/time-range'

export const kAlertSorts = ['start', 'severity', 'vehicle', 'type', 'state', 'duration'] as const
export type AlertSort = (typeof kAlertSorts)[number]

export interface AlertQuery {
  severities: Severity[]
  types: AlertType[]
  states: AlertState[]
  vehicle: string
  range: string
  /** Alert that is open in the drawer. */
  alert: string | null
  sort: AlertSort
  ascending: boolean
}

export const kDefaultQuery: AlertQuery = { severities: [], types: [], states: [], vehicle: '', range: 'now-7d', alert: null, sort: 'start', ascending: false }

const kOwn = ['sev', 'type', 'state', 'vehicle', 'range', 'alert', 'by']

export function parseAlertQuery(search: string): AlertQuery {
  const params = new URLSearchParams(search)
  const range = params.get('range') ?? ''
  const [by, direction] = (params.get('by') ?? '').split('.')
  const sort = kAlertSorts.find((key) => key === by)
  return {
    severities: someOf(kSeverities, params.get('sev')),
    types: someOf(kAlertTypes, params.get('type')),
    states: someOf(kAlertStates, params.get('state')),
    vehicle: params.get('vehicle') ?? '',
    range: parseRange(range, Date.now()) ? range : kDefaultQuery.range,
    alert: /^[0-9a-f]{32}$/.test(params.get('alert') ?? '') ? params.get('alert') : null,
    sort: sort ?? 'start',
    ascending: sort !== undefined && direction === 'asc',
  }
}

/** The query of the address; parameters that are not of the alerts are kept. */
export function formatAlertQuery(query: AlertQuery, search: string): string {
  const params = new URLSearchParams()
  for (const [name, value] of new URLSearchParams(search)) {
    if (!kOwn.includes(name)) params.append(name, value)
  }
  const list = (name: string, some: readonly string[]) => {
    if (some.length > 0) params.set(name, some.join(',').toLowerCase())
  }
  list('sev', query.severities)
  list('type', query.types)
  list('state', query.states)
  if (query.vehicle !== '') params.set('vehicle', query.vehicle)
  if (query.range !== kDefaultQuery.range) params.set('range', query.range)
  if (query.sort !== 'start' || query.ascending) params.set('by', `${query.sort}.${query.ascending ? 'asc' : 'desc'}`)
  if (query.alert !== null) params.set('alert', query.alert)
  return params.toString().replaceAll('%2C', ',')
}

function someOf<T extends string>(all: readonly T[], text: string | null): T[] {
  const asked = (text ?? '').toUpperCase().split(',')
  return all.filter((one) => asked.includes(one))
}

export function isFiltered(query: AlertQuery): boolean {
  return query.severities.length > 0 || query.types.length > 0 || query.states.length > 0 || query.vehicle !== ''
}

/** Adds to, or takes from, a choice of several. */
export function toggled<T>(some: readonly T[], one: T): T[] {
  return some.includes(one) ? some.filter((other) => other !== one) : [...some, one]
}

function passes(alert: Alert, query: AlertQuery, ignore: 'severity' | 'type' | null): boolean {
  return (ignore === 'severity' || query.severities.length === 0 || query.severities.includes(alert.severity))
    && (ignore === 'type' || query.types.length === 0 || query.types.includes(alert.type))
    && (query.states.length === 0 || query.states.includes(alert.state))
    && alert.device_id.toLowerCase().includes(query.vehicle.trim().toLowerCase())
}

export interface Counts {
  severity: Record<Severity, { all: number; open: number }>
  type: Partial<Record<AlertType, number>>
  state: Record<AlertState, number>
}

/** How many each choice would show, given the other choices. What late data took back does not count. */
export function countAlerts(alerts: readonly Alert[], query: AlertQuery): Counts {
  const counts: Counts = {
    severity: { HIGH: { all: 0, open: 0 }, MEDIUM: { all: 0, open: 0 }, LOW: { all: 0, open: 0 } },
    type: {},
    state: { OPEN: 0, ACKNOWLEDGED: 0, RESOLVED: 0 },
  }
  const anyState = { ...query, states: [] }
  for (const alert of alerts) {
    if (alert.retracted) continue
    if (passes(alert, query, 'severity')) {
      counts.severity[alert.severity].all++
      if (alert.state === 'OPEN') counts.severity[alert.severity].open++
    }
    if (passes(alert, query, 'type')) counts.type[alert.type] = (counts.type[alert.type] ?? 0) + 1
    if (passes(alert, anyState, null)) counts.state[alert.state]++
  }
  return counts
}

/** Alerts that pass, in the order that was asked for; equals by newest start, then id. `nowMs` ends those that go on. */
export function selectAlerts(alerts: readonly Alert[], query: AlertQuery, nowMs: number): Alert[] {
  const sign = query.ascending ? 1 : -1
  const newestFirst = (a: Alert, b: Alert) => compare(b.start, a.start) || compare(a.id, b.id)
  const by: Record<AlertSort, (a: Alert, b: Alert) => number> = {
    start: (a, b) => compare(a.start, b.start),
    severity: (a, b) => kSeverities.indexOf(b.severity) - kSeverities.indexOf(a.severity),
    vehicle: (a, b) => compare(a.device_id, b.device_id),
    type: (a, b) => compare(a.type, b.type),
    state: (a, b) => kAlertStates.indexOf(b.state) - kAlertStates.indexOf(a.state),
    duration: (a, b) => durationMs(a, nowMs) - durationMs(b, nowMs),
  }
  return alerts.filter((alert) => passes(alert, query, null)).toSorted((a, b) => sign * by[query.sort](a, b) || newestFirst(a, b))
}

export function durationMs(alert: Alert, nowMs: number): number {
  return (alert.end === null ? nowMs : Date.parse(alert.end)) - Date.parse(alert.start)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
