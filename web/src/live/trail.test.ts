// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { chartPaths, kChartHeight } from './chart-paths'
import { endOfDayMs, rowsFromLatest } from './day'
import { extremes } from './extremes'
import { lastHours, previousHour, sparkline } from './hours'
import { extendTrail, kGapMs, trailOf } from './trail'
import { compassPoint, valuesOf } from './values'
import { kDefaultLimits, VehicleStore } from './vehicle-store'

const t0 = Date.parse('2026-11-25T12:00:00Z')
const record = (s: number, speed?: number) => ({ ts: new Date(t0 + s * 1000).toISOString(), lat: 48, lon: 2, ...(speed === undefined ? {} : { speed_kmh: speed }) })

describe('trailOf', () => {
  it('leaves out records without a position and marks silences as gaps', () => {
    const trail = trailOf([record(0, 10), { ts: new Date(t0 + 1000).toISOString(), speed_kmh: 5 }, record(2, 20), record(2 + kGapMs / 1000 + 1, 30)])
    expect(trail.map((p) => p.gap)).toEqual([false, false, true])
    expect(trail.map((p) => p.speedClass)).toEqual([1, 1, 2])
  })
})

describe('extendTrail', () => {
  const trail = trailOf([record(0, 10), record(10, 20)])
  const next = (s: number) => ({ ts: t0 + s * 1000, lat: 48, lon: 2, speed: 5 })

  it('adds only what is newer, and forgets what is too old', () => {
    expect(extendTrail(trail, next(10), t0)).toBe(trail)
    expect(extendTrail(trail, next(11), t0)).toHaveLength(3)
    expect(extendTrail(trail, next(11), t0 + 5000).map((p) => p.ts)).toEqual([t0 + 10_000, t0 + 11_000])
    expect(extendTrail(trail, next(99), t0 + 50_000)).toHaveLength(1)
  })
})

describe('chartPaths', () => {
  it('draws one line for each stretch of a class and leaves gaps open', () => {
    const { lines, area } = chartPaths(trailOf([record(0, 10), record(10, 20), record(20, 45), record(1000, 45), record(1010, 45)]), t0, t0 + 1_010_000, 90)
    expect(lines.map((l) => l.speedClass)).toEqual([1, 2, 2])
    expect(area.split('Z')).toHaveLength(3)
  })

  it('never leaves its box', () => {
    const { lines } = chartPaths(trailOf([record(0, 0), record(10, 500)]), t0, t0 + 10_000, 130)
    const ys = lines.flatMap((l) => [...l.d.matchAll(/ ([\d.]+)/g)].map((m) => Number(m[1])))
    expect(Math.min(...ys)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...ys)).toBeLessThanOrEqual(kChartHeight)
  })
})

describe('rowsFromLatest', () => {
  it('makes the columns of a past day, absent values included', () => {
    const items = [
      { device_id: 'A', fleet_id: 'f', ts: '2026-11-24T23:00:00.000Z', pos_ts: '2026-11-24T22:00:00.000Z', lat: -33.5, lon: 151.25, speed_kmh: 12.34, heading_deg: 90, battery_pct: 50, temp_c: -3.5, humidity_pct: 40, zone: 'z', state: 'moving' as const, age_s: 0 },
      { device_id: 'B', fleet_id: 'f', ts: null, pos_ts: null, lat: null, lon: null, speed_kmh: null, heading_deg: null, battery_pct: null, temp_c: null, humidity_pct: null, zone: null, state: 'offline' as const, age_s: null },
    ]
    const store = new VehicleStore()
    store.setIds(0, ['A', 'B'])
    store.setZones(1, ['z'])
    store.apply(rowsFromLatest(items, 0, () => 1))
    const end = endOfDayMs('2026-11-24')
    expect(valuesOf(store, 0, end, { staleMs: 7_200_000, offlineMs: 9_000_000 })).toEqual({
      id: 'A', state: 'moving', speedClass: 1, speed: 12.34, heading: 90, battery: 50, temp: -3.5, humidity: 40, zone: 'z', lat: -33.5, lon: 151.25,
      ts: Date.parse('2026-11-24T23:00:00Z'), posTs: Date.parse('2026-11-24T22:00:00Z'),
    })
    expect(valuesOf(store, 1, end, kDefaultLimits)).toMatchObject({ state: 'offline', speedClass: 5, speed: null, lat: null, ts: null, zone: null })
  })
})

describe('extremes', () => {
  it('ranks reporting vehicles by speed and battery, and silent ones by silence', () => {
    const store = new VehicleStore()
    const item = (id: string, ageS: number, speed: number, battery: number) => ({
      device_id: id, fleet_id: 'f', ts: new Date(t0 - ageS * 1000).toISOString(), pos_ts: null, lat: null, lon: null, speed_kmh: speed, heading_deg: null, battery_pct: battery, temp_c: null, humidity_pct: null, zone: null, state: 'moving' as const, age_s: ageS,
    })
    store.setIds(0, ['a', 'b', 'c', 'd'])
    store.apply(rowsFromLatest([item('a', 0, 50, 30), item('b', 0, 90, 10), item('c', 400, 120, 1), item('d', 4000, 0, 5)], 0, () => 0))
    expect(extremes(store, t0, kDefaultLimits, 2)).toEqual({ fastest: [1, 0], lowest: [1, 0], silent: [3, 2] })
  })
})

describe('compassPoint', () => {
  it.each([[0, 'n'], [22, 'n'], [23, 'ne'], [91, 'e'], [337, 'nw'], [338, 'n'], [359.99, 'n']])('%d° is %s', (heading, point) => {
    expect(compassPoint(heading)).toBe(point)
  })
})

describe('lastHours', () => {
  const days = [
    { fleet: 'f', day: '2026-11-24', hours: [{ hour: 23, active_devices: 3, avg_speed_kmh: 10, avg_battery_pct: null, alerts: { HIGH: 0, MEDIUM: 0, LOW: 0 } }] },
    { fleet: 'f', day: '2026-11-25', hours: [{ hour: 11, active_devices: 5, avg_speed_kmh: 20, avg_battery_pct: 50, alerts: { HIGH: 0, MEDIUM: 0, LOW: 0 } }] },
  ]

  it('ends with the running hour and has no value where there were no records', () => {
    const points = lastHours(days, 'avg_speed_kmh', t0)
    expect(points).toHaveLength(24)
    expect(points.at(-1)).toEqual({ ms: t0, value: null })
    expect(previousHour(points)).toBe(20)
    expect(points.filter((p) => p.value !== null)).toHaveLength(2)
  })

  it('draws only what there is', () => {
    const path = sparkline([{ ms: 0, value: 1 }, { ms: 1, value: 3 }, { ms: 2, value: null }, { ms: 3, value: 2 }], 90, 20)
    expect(path.match(/M/g)).toHaveLength(2)
    expect(path.match(/L/g)).toHaveLength(1)
  })
})
