// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { encodeFrame, type WireVehicle } from '../../dev/frame.mjs'
import { decodeFrame } from './decoder'
import { parseFilter } from './filter'
import { type Query, runQuery } from './query'
import { kDefaultLimits, speedClassOf, VehicleStore } from './vehicle-store'

const kNow = Date.parse('2026-11-25T12:00:00Z')
const zones = ['', 'zone_a', 'zone_b']
const kAll: Query = { text: '', states: [], classes: [], sort: 'id', descending: false }

function storeOf(vehicles: [id: string, Omit<WireVehicle, 'slot'>][]): VehicleStore {
  const store = new VehicleStore()
  store.setIds(0, vehicles.map(([id]) => id))
  store.setZones(1, zones.slice(1))
  store.apply(decodeFrame(encodeFrame(1, 1, 1, kNow, vehicles.map(([, v], slot) => ({ ts: kNow, ...v, slot })), zones)))
  return store
}

const fleet = storeOf([
  ['V-10', { speed_kmh: 95, battery_pct: 10, zone: 'zone_a' }],
  ['V-9', { speed_kmh: 0, battery_pct: 80, temp_c: 21, zone: 'zone_b' }],
  ['V-100', { speed_kmh: 59.99, ts: kNow - 301_000 }],
  ['V-8', { battery_pct: 50, ts: kNow - 1_801_000 }],
  ['X-1', { speed_kmh: 30, lat: 48, lon: 2, pos_ts: kNow }],
])
const ids = (query: Partial<Query>) => [...runQuery(fleet, { ...kAll, ...query }, kNow, kDefaultLimits).rows].map((s) => fleet.ids[s])

describe('runQuery', () => {
  it('orders ids as people count', () => {
    expect(ids({})).toEqual(['V-8', 'V-9', 'V-10', 'V-100', 'X-1'])
    expect(ids({ descending: true })).toEqual(['X-1', 'V-100', 'V-10', 'V-9', 'V-8'])
  })

  it('puts absent values last in both directions', () => {
    expect(ids({ sort: 'speed' })).toEqual(['V-9', 'X-1', 'V-100', 'V-10', 'V-8'])
    expect(ids({ sort: 'speed', descending: true })).toEqual(['V-10', 'V-100', 'X-1', 'V-9', 'V-8'])
    expect(ids({ sort: 'zone', descending: true })).toEqual(['V-9', 'V-10', 'V-8', 'V-100', 'X-1'])
    expect(ids({ sort: 'position' })[0]).toBe('X-1')
  })

  it('filters by text in id or zone, by comparison, by state and by class, all at once', () => {
    expect(ids({ text: 'v-1' })).toEqual(['V-10', 'V-100'])
    expect(ids({ text: 'ZONE_B' })).toEqual(['V-9'])
    expect(ids({ text: 'speed>=30 v' })).toEqual(['V-10', 'V-100'])
    expect(ids({ text: 'batterie<50,5' })).toEqual(['V-8', 'V-10'])
    expect(ids({ states: ['stale', 'offline'] })).toEqual(['V-8', 'V-100'])
    expect(ids({ classes: [2, 4] })).toEqual(['V-10', 'X-1'])
    expect(ids({ classes: [4], text: 'battery>50' })).toEqual([])
  })

  it('counts classes and states over the whole fleet, whatever the filter', () => {
    const view = runQuery(fleet, { ...kAll, text: 'nothing' }, kNow, kDefaultLimits)
    expect(view.total).toBe(5)
    expect(view.classCounts).toEqual([1, 0, 1, 0, 1, 2])
    expect(view.stateCounts).toEqual([2, 1, 1, 1])
  })

  it('lets vehicles age without new data', () => {
    expect(runQuery(fleet, kAll, kNow + 2_000_000, kDefaultLimits).stateCounts).toEqual([0, 0, 0, 5])
  })

  it('sorts 100,000 vehicles well under a second', () => {
    const many = storeOf(Array.from({ length: 100_000 }, (_, i) => [`V-${i}`, { speed_kmh: (i * 7919) % 130 }]))
    runQuery(many, kAll, kNow, kDefaultLimits)
    const started = performance.now()
    const { rows } = runQuery(many, { ...kAll, sort: 'speed' }, kNow, kDefaultLimits)
    expect(rows.length).toBe(100_000)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('speedClassOf', () => {
  it.each([[0, 0], [99, 0], [100, 1], [2999, 1], [3000, 2], [5999, 2], [6000, 3], [8999, 3], [9000, 4], [30000, 4], [65535, 5]])('%i → class %i', (speed, speedClass) => {
    expect(speedClassOf(speed)).toBe(speedClass)
  })
})

describe('VehicleStore', () => {
  it('forgets everything on clear, so that an old vehicle cannot come back', () => {
    const store = storeOf([['A', { speed_kmh: 1 }]])
    store.clear()
    expect(store.size).toBe(0)
    expect(store.slotOf('A')).toBe(-1)
    store.setIds(0, ['B'])
    expect(runQuery(store, kAll, kNow, kDefaultLimits).total).toBe(0)
  })

  it('counts what it holds up to the first hole', () => {
    const store = storeOf([['A', {}], ['B', {}]])
    expect(store.knownSlots()).toBe(2)
    store.setIds(2, ['C', 'D'])
    expect(store.knownSlots()).toBe(2)
  })

  it('finds ids that came after the first look-up', () => {
    const store = storeOf([['A', {}]])
    expect(store.slotOf('B')).toBe(-1)
    store.setIds(1, ['B'])
    expect(store.slotOf('B')).toBe(1)
  })
})

describe('parseFilter', () => {
  it('ignores a half-typed comparison and keeps unknown names as text', () => {
    expect(parseFilter('speed> vitesse>=12,5 foo>3')).toEqual([
      { kind: 'compare', field: 'speed', op: '>=', value: 12.5 }, { kind: 'text', text: 'foo>3' },
    ])
    expect(parseFilter('  ')).toEqual([])
  })
})
