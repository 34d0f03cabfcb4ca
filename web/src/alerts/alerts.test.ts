// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { Alert, Incident } from '../api/types'
import { axisTicks } from '../app/time-axis'
import { chartShape } from './chart'
import { begin, changeable, confirm, rollBack, settle, withPending } from './optimistic'
import { countAlerts, formatAlertQuery, kDefaultQuery, parseAlertQuery, selectAlerts, toggled } from './query'
import { alertsOf, rowsOf } from './rows'
import { lanesOf } from './timeline'
import { follow, targets, type Triage, triageKey } from './triage'

/** As the server answers it. */
const kRecorded: Alert = {
  id: '57179bd397e81ffc7f8c3c2327cb5886', fleet_id: 'idf-est', device_id: 'V-0051', rule: 'gps-jump', type: 'GPS_JUMP', severity: 'LOW', state: 'OPEN', start: '2026-11-25T14:18:50.000Z',
  end: '2026-11-25T14:19:50.000Z', peak: 4998.52, limit: 300, lat: 47.928055, lon: 2.006823, zone: null, alarm: null, late: false, retracted: false,
}
const alert = (id: string, change: Partial<Alert> = {}): Alert => ({ ...kRecorded, id, ...change })
const some: Alert[] = [
  alert('a', { severity: 'HIGH', type: 'OVERSPEED', device_id: 'V-1', start: '2026-11-25T10:00:00.000Z', end: null }),
  alert('b', { severity: 'HIGH', type: 'OVERSPEED', device_id: 'V-2', state: 'RESOLVED', start: '2026-11-25T11:00:00.000Z', end: '2026-11-25T11:30:00.000Z' }),
  alert('c', { severity: 'LOW', device_id: 'V-1', state: 'ACKNOWLEDGED', start: '2026-11-25T12:00:00.000Z', end: '2026-11-25T12:01:00.000Z' }),
  alert('d', { severity: 'HIGH', device_id: 'V-3', retracted: true, start: '2026-11-25T13:00:00.000Z' }),
]
const now = Date.parse('2026-11-25T14:00:00Z')
const ids = (alerts: readonly Alert[]) => alerts.map((a) => a.id).join('')

describe('the query of the alerts', () => {
  it('reads back what it wrote', () => {
    const query = { ...kDefaultQuery, severities: ['HIGH' as const, 'LOW' as const], types: ['OVERSPEED' as const], states: ['OPEN' as const], vehicle: 'V-0042', range: 'now-30d', alert: kRecorded.id, sort: 'severity' as const, ascending: true }
    const text = formatAlertQuery(query, '?fleet=idf&e2e=1&sev=low')
    expect(text).toBe(`fleet=idf&e2e=1&sev=high,low&type=overspeed&state=open&vehicle=V-0042&range=now-30d&by=severity.asc&alert=${kRecorded.id}`)
    expect(parseAlertQuery(`?${text}`)).toEqual(query)
  })

  it('falls back on nonsense', () => {
    expect(parseAlertQuery('?sev=huge&type=x&state=&range=2026-02-30&by=nothing.asc&alert=1')).toEqual(kDefaultQuery)
    expect(formatAlertQuery(kDefaultQuery, '')).toBe('')
  })

  it('filters and orders', () => {
    expect(ids(selectAlerts(some, kDefaultQuery, now))).toBe('dcba')
    expect(ids(selectAlerts(some, { ...kDefaultQuery, severities: ['HIGH'], states: ['OPEN'] }, now))).toBe('da')
    expect(ids(selectAlerts(some, { ...kDefaultQuery, vehicle: ' v-1 ' }, now))).toBe('ca')
    expect(ids(selectAlerts(some, { ...kDefaultQuery, sort: 'severity' }, now))).toBe('dbac')
    expect(ids(selectAlerts(some, { ...kDefaultQuery, sort: 'duration' }, now)).startsWith('a')).toBe(true)
  })

  it('counts what each choice would show, without what was taken back', () => {
    const counts = countAlerts(some, { ...kDefaultQuery, severities: ['LOW'] })
    expect(counts.severity).toEqual({ HIGH: { all: 2, open: 1 }, MEDIUM: { all: 0, open: 0 }, LOW: { all: 1, open: 0 } })
    expect(counts.state).toEqual({ OPEN: 0, ACKNOWLEDGED: 1, RESOLVED: 0 })
    expect(countAlerts(some, kDefaultQuery).type).toEqual({ OVERSPEED: 2, GPS_JUMP: 1 })
  })

  it('adds to and takes from a choice', () => {
    expect(toggled(['HIGH'], 'LOW')).toEqual(['HIGH', 'LOW'])
    expect(toggled(['HIGH', 'LOW'], 'HIGH')).toEqual(['LOW'])
  })
})

describe('incidents', () => {
  const incident: Incident = { id: 'b', type: 'OVERSPEED', start: some[1]!.start, devices: 20, alert_ids: ['b', 'a'] }

  it('fold into one row at the place of the first member', () => {
    const rows = rowsOf(selectAlerts(some, kDefaultQuery, now), [incident], new Set())
    expect(rows.map((row) => row.key)).toEqual(['d', 'c', 'incident-b'])
    expect(ids(alertsOf(rows[2]))).toBe('ba')
  })

  it('unfold, and do not fold a single member', () => {
    expect(rowsOf(selectAlerts(some, kDefaultQuery, now), [incident], new Set(['b'])).map((row) => row.key)).toEqual(['d', 'c', 'incident-b', 'b', 'a'])
    expect(rowsOf(selectAlerts(some, { ...kDefaultQuery, vehicle: 'V-1' }, now), [incident], new Set()).map((row) => row.key)).toEqual(['c', 'a'])
  })
})

describe('keys of triage', () => {
  const keys = ['a', 'b', 'c']
  const start: Triage = { cursor: 0, marked: new Set() }
  const press = (state: Triage, ...pressed: string[]) => pressed.reduce((s, key) => triageKey(s, key, keys)!.state, state)

  it('j and k move and stop at the ends', () => {
    expect(press(start, 'j', 'j', 'j', 'j').cursor).toBe(2)
    expect(press(start, 'j', 'k', 'k').cursor).toBe(0)
  })

  it('x marks, X marks all or none', () => {
    expect([...press(start, 'x', 'j', 'x').marked]).toEqual(['a', 'b'])
    expect([...press(start, 'x', 'x').marked]).toEqual([])
    expect(press(start, 'X').marked.size).toBe(3)
    expect(press(start, 'X', 'X').marked.size).toBe(0)
  })

  it('act on the marked rows that are shown, else on the one under the cursor', () => {
    expect(triageKey(start, 'a', keys)!.effect).toBe('ack')
    expect(triageKey(start, 'r', keys)!.effect).toBe('resolve')
    expect(triageKey(start, 'q', keys)).toBeNull()
    expect(triageKey(start, 'a', [])).toBeNull()
    expect(targets({ cursor: 2, marked: new Set(['b', 'gone']) }, keys)).toEqual(['b'])
    expect(targets({ cursor: 2, marked: new Set(['gone']) }, keys)).toEqual(['c'])
  })

  it('the cursor goes with its row', () => {
    expect(follow('b', 0, ['x', 'a', 'b'])).toBe(2)
    expect(follow('gone', 5, ['x', 'a'])).toBe(1)
  })
})

describe('optimistic changes', () => {
  it('show at once and give way to a list that was asked for later', () => {
    let pending = begin(new Map(), ['a'], 'ACKNOWLEDGED')
    expect(withPending(some, pending)[0]!.state).toBe('ACKNOWLEDGED')
    expect(settle(pending, 500).size).toBe(1)
    pending = confirm(pending, 'a', 'ACKNOWLEDGED', 1000)
    expect(settle(pending, 999).size).toBe(1)
    expect(settle(pending, 1000).size).toBe(0)
  })

  it('go back when the server refuses', () => {
    const pending = rollBack(begin(new Map(), ['a', 'c'], 'RESOLVED'), 'a')
    expect(withPending(some, pending).map((a) => a.state)).toEqual(['OPEN', 'RESOLVED', 'RESOLVED', 'OPEN'])
  })

  it('only go forward, and leave alone what was taken back', () => {
    expect(ids(changeable(some, 'ACKNOWLEDGED'))).toBe('a')
    expect(ids(changeable(some, 'RESOLVED'))).toBe('ac')
  })
})

describe('the timeline', () => {
  const from = Date.parse('2026-11-25T00:00:00Z')
  const to = from + 86_400_000

  it('ranks lanes by severity and puts the rest together', () => {
    const lanes = lanesOf(some.filter((a) => !a.retracted), from, to, 2, 100)
    expect(lanes.map((l) => [l.vehicle, l.alerts])).toEqual([['V-1', 2], ['V-2', 1]])
    const crowd = ['V-1', 'V-2', 'V-3', 'V-4'].map((id, i) => alert(String(i), { device_id: id }))
    expect(lanesOf(crowd, from, to, 3, 100).map((l) => [l.vehicle, l.alerts])).toEqual([['V-1', 1], ['V-2', 1], [null, 2]])
  })

  it('never has more marks than bins, and loses none', () => {
    const many = Array.from({ length: 5000 }, (_, i) => alert(String(i), { start: new Date(from + i * 17_000).toISOString() }))
    const [lane] = lanesOf(many, from, to, 5, 80)
    expect(lane!.marks.length).toBeLessThanOrEqual(80)
    expect(lane!.marks.reduce((sum, mark) => sum + mark.count, 0)).toBe(5000)
  })

  it('ticks at whole steps', () => {
    const { stepMs, ticks } = axisTicks(from + 1000, to, 6)
    expect(stepMs).toBe(6 * 3_600_000)
    expect(ticks.map((ms) => new Date(ms).getUTCHours())).toEqual([6, 12, 18, 0])
  })
})

describe('the chart of an alert', () => {
  it('leaves gaps open and has room for the limit', () => {
    const at = (minute: number, speed?: number) => ({ ts: new Date(now + minute * 60_000).toISOString(), ...(speed === undefined ? {} : { speed_kmh: speed }) })
    const shape = chartShape([at(0, 50), at(1, 60), at(2), at(15, 70)], 'speed_kmh', 90, now, now + 20 * 60_000, 200, 100)!
    expect(shape.line.match(/M/g)).toHaveLength(2)
    expect(shape.top).toBeGreaterThan(90)
    expect(shape.values).toBe(3)
    expect(chartShape([at(0)], 'speed_kmh', 90, now, now + 1, 1, 1)).toBeNull()
  })
})
