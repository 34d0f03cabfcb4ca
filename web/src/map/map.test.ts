// SPDX-License-Identifier: Apache-2.0
import type { TrailPoint } from '../live/trail'
import { kGapClass, trailFeatures } from './trail-lines'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rowsFromLatest } from '../live/day'
import { VehicleStore } from '../live/vehicle-store'
import { type PlaceRow, placeFeatures } from './base-data'
import { Density } from './density'
import { nearestSlot } from './hit'
import { latitude, longitude, mercatorX, mercatorY, wrapX } from './mercator'
import { parseHex } from './palette'
import { fleetBounds } from './view'

function storeAt(places: [lat: number | null, lon: number | null][]): VehicleStore {
  const store = new VehicleStore()
  store.setIds(0, places.map((_, i) => `V${i}`))
  store.apply(rowsFromLatest(places.map(([lat, lon], i) => ({
    device_id: `V${i}`, fleet_id: 'f', ts: null, pos_ts: null, lat, lon, speed_kmh: null, heading_deg: null, battery_pct: null, temp_c: null, humidity_pct: null, zone: null, state: 'offline', age_s: null,
  })), 0, () => 0))
  return store
}

describe('mercator', () => {
  it.each([[0, 0], [48.8566, 2.3522], [-33.9, 151.2], [85, -179.9]])('returns to %d, %d', (lat, lon) => {
    expect(latitude(mercatorY(lat))).toBeCloseTo(lat, 9)
    expect(longitude(mercatorX(lon))).toBeCloseTo(lon, 9)
  })

  it('keeps the poles finite and takes the short way round', () => {
    expect(mercatorY(90)).toBeCloseTo(0, 6)
    expect(mercatorY(-90)).toBeCloseTo(1, 6)
    expect(wrapX(0.9)).toBeCloseTo(-0.1)
  })
})

describe('nearestSlot', () => {
  const store = storeAt([[48.85, 2.35], [48.8501, 2.35], [null, null], [10, 179.999]])
  const at = (lat: number, lon: number, dx: number, dy: number) => ({ scale: 512 * 2 ** 14, x: mercatorX(lon), y: mercatorY(lat), dx, dy })

  it('takes the nearest within reach, never one without a position', () => {
    expect(nearestSlot(store, null, at(48.85, 2.35, 2, 1), 8)).toBe(0)
    expect(nearestSlot(store, null, at(48.8501, 2.35, 0, -3), 8)).toBe(1)
    expect(nearestSlot(store, null, at(48.85, 2.35, 40, 0), 8)).toBe(-1)
    expect(nearestSlot(store, null, at(0, -180, 0, 0), 1e9)).not.toBe(2)
  })

  it('looks only at what is shown, and across the date line', () => {
    expect(nearestSlot(store, new Uint32Array([1]), at(48.85, 2.35, 0, 0), 2)).toBe(-1)
    expect(nearestSlot(store, null, at(10, -180, 0, 0), 30)).toBe(3)
  })
})

describe('fleetBounds', () => {
  it('is null without a position and has room around a single one', () => {
    expect(fleetBounds(storeAt([[null, null]]))).toBeNull()
    const [[west, south], [east, north]] = fleetBounds(storeAt([[48, 2]]))!
    expect(west).toBeLessThan(2)
    expect(east).toBeGreaterThan(2)
    expect(south).toBeLessThan(48)
    expect(north).toBeGreaterThan(48)
  })
})

describe('parseHex', () => {
  it('reads both forms that a minifier leaves', () => {
    expect(parseHex(' #fff')).toEqual([1, 1, 1])
    expect(parseHex('#ff0080')[2]).toBeCloseTo(0.502, 3)
    expect(() => parseHex('red')).toThrow('not a colour')
  })
})

describe('the built-in map data', () => {
  const read = (name: string) => JSON.parse(readFileSync(new URL(`../../public/map/${name}.json`, import.meta.url), 'utf8')) as unknown

  it('has 101 departments, land, borders and rivers', () => {
    const departments = read('departments') as { objects: { departments: { geometries: unknown[] } } }
    expect(departments.objects.departments.geometries).toHaveLength(101)
    expect(Object.keys((read('land') as { objects: object }).objects)).toEqual(['land', 'borders'])
    expect((read('rivers') as { arcs: unknown[] }).arcs.length).toBeGreaterThan(100)
  })

  it('names Paris first in France, and every place has a zoom', () => {
    const rows = read('places') as PlaceRow[]
    expect(rows.find(([, lon, lat]) => Math.abs(lon - 2.35) < 0.1 && Math.abs(lat - 48.85) < 0.1)?.[0]).toBe('Paris')
    for (const f of placeFeatures(rows).features) expect(f.properties.zoom).toBeGreaterThan(0)
  })
})

describe('Density', () => {
  it('measures the distance where the markers are, not over the empty rest of the view', () => {
    const density = new Density(1000, 500)
    expect(density.apart()).toBe(Infinity)
    for (let i = 0; i < 100; i++) density.add(480 + (i % 10) * 2.4, 240 + Math.floor(i / 10) * 2.4)
    expect(density.apart()).toBeLessThan(5)
    expect(density.apart()).toBeGreaterThan(2)
  })
})

describe('the lines of a trail', () => {
  const point = (i: number, speedClass: number, gap = false): TrailPoint => ({ ts: i, lat: i, lon: i, speed: 1, speedClass, gap })
  const shape = (features: GeoJSON.Feature[]) => features.map((f) => [f.geometry.type, f.properties!['class'], JSON.stringify((f.geometry as GeoJSON.LineString).coordinates)])

  it('are one for each stretch of a class, and meet', () => {
    expect(shape(trailFeatures([point(0, 1), point(1, 2), point(2, 2), point(3, 1)], false))).toEqual([
      ['LineString', 2, '[[0,0],[1,1],[2,2]]'], ['LineString', 1, '[[2,2],[3,3]]'],
    ])
  })

  it('do not join what a silence parts, and show it when asked to', () => {
    const points = [point(0, 1), point(1, 1), point(2, 3, true), point(3, 1, true), point(4, 1)]
    expect(shape(trailFeatures(points, false))).toEqual([['LineString', 1, '[[0,0],[1,1]]'], ['LineString', 1, '[[3,3],[4,4]]']])
    expect(shape(trailFeatures(points, true))).toEqual([
      ['LineString', 1, '[[0,0],[1,1]]'], ['LineString', kGapClass, '[[1,1],[2,2]]'], ['Point', 3, '[2,2]'], ['LineString', kGapClass, '[[2,2],[3,3]]'], ['LineString', 1, '[[3,3],[4,4]]'],
    ])
  })
})
