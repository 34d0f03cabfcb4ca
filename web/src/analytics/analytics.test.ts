// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { Alert } from '../api/types'
import type { Fix, HourRow, Series } from './api'
import { runsOf, styleOf } from './chart-model'
import { csvOfBands, csvOfLines, pointsOf } from './csv'
import { distributionOf, figuresOf } from './figures'
import { gridOf, lastHeardMs, lonely, valueNear } from './grid'
import { daysIn, heatMapOf, shownDay, slotsOf } from './hours'
import { limitsOf, shadesOf } from './marks'
import { scaleOf } from './metrics'
import { compareModel } from './models'
import { bandsOf, percentileOf } from './percentiles'
import { formatAnalyticsQuery, kDefaultQuery, parseAnalyticsQuery } from './query'
import { Answers, eachVehicle } from './reading'
import { movedSpan } from './span'
import { indexBefore, placeAt, placesOf, windowOf } from './tracks'

const at = (text: string) => Date.parse(text)
const kFrom = at('2026-11-25T10:00:00Z')
const kMinute = 60_000

/** A series with buckets of `bucketS`; a value is the mean, one below and one above it the extremes. */
function series(bucketS: number, values: Record<number, number>): Series {
  return { metric: 'speed_kmh', bucket_s: bucketS, points: Object.entries(values).map(([i, mean]) => ({ t: new Date(kFrom + Number(i) * bucketS * 1000).toISOString(), min: mean - 1, max: mean + 1, mean, count: 2 })) }
}

const grid = (answers: Record<string, Series>, toMs = kFrom + 10 * kMinute * 6, knownMs = toMs) => gridOf(Object.entries(answers).map(([device, answer]) => ({ device, answer })), kFrom, toMs, knownMs)

describe('the grid of series', () => {
  it('has a place for each bucket of the range, at its middle', () => {
    const made = grid({ a: series(60, { 0: 5 }) })
    expect(made.xs).toHaveLength(60)
    expect(made.xs[0]).toBe(kFrom + 30_000)
    expect(made.xs.at(-1)).toBe(kFrom + 60 * kMinute - 30_000)
  })

  it('joins values over a short silence and breaks the line at one of ten minutes', () => {
    const [line] = grid({ a: series(60, { 0: 5, 3: 6, 14: 7, 15: 8, 59: 9 }) }).lines
    expect(line!.mean.slice(0, 5)).toEqual([5, undefined, undefined, 6, null])
    expect(line!.mean[13]).toBeNull()
    expect(line!.gaps).toEqual([{ fromMs: kFrom + 4 * kMinute, toMs: kFrom + 14 * kMinute }, { fromMs: kFrom + 16 * kMinute, toMs: kFrom + 59 * kMinute }])
    expect(runsOf(line!.mean)).toEqual([[0, 3], [14, 15], [59]])
  })

  it('draws a planted gap of two hours as a gap, whatever the width of the bucket', () => {
    for (const bucketS of [10, 60, 300, 1800, 3600]) {
      const perHour = 3600 / bucketS
      const values = Object.fromEntries(Array.from({ length: 6 * perHour }, (_, i) => i).filter((i) => i < 2 * perHour || i >= 4 * perHour).map((i) => [i, 50]))
      const [line] = grid({ a: series(bucketS, values) }, kFrom + 6 * 3_600_000).lines
      expect(line!.gaps, `${bucketS} s`).toEqual([{ fromMs: kFrom + 2 * 3_600_000, toMs: kFrom + 4 * 3_600_000 }])
      expect(line!.mean.slice(2 * perHour, 4 * perHour).every((value) => value === null)).toBe(true)
      expect(runsOf(line!.mean)).toHaveLength(2)
    }
  })

  it('knows nothing before the first and after the last value, and calls the future no gap', () => {
    const [line] = grid({ a: series(60, { 12: 5, 20: 5 }) }, kFrom + 60 * kMinute, kFrom + 25 * kMinute).lines
    expect(line!.mean[11]).toBeNull()
    expect(line!.mean[21]).toBeNull()
    expect(line!.gaps).toEqual([{ fromMs: kFrom, toMs: kFrom + 12 * kMinute }])
  })

  it('keeps extremes and counts, so that no spike is lost', () => {
    const spike: Series = { metric: 'speed_kmh', bucket_s: 60, points: [{ t: new Date(kFrom).toISOString(), min: 10, max: 149, mean: 20, count: 60 }] }
    const [line] = grid({ a: spike }).lines
    expect([line!.low, line!.high, line!.samples, line!.max[0]]).toEqual([10, 149, 60, 149])
  })

  it('knows when a vehicle was last heard', () => {
    expect(lastHeardMs(grid({ a: series(60, { 0: 5 }), b: series(60, { 7: 5 }) }))).toBe(kFrom + 8 * kMinute - 1)
    expect(lastHeardMs(grid({ a: series(60, {}) }))).toBeNull()
    expect(lastHeardMs(grid({}))).toBeNull()
  })

  it('finds values without neighbours, and the value near an instant', () => {
    expect(lonely([1, null, 2, undefined, 3, null, undefined, 4])).toEqual([0, 7])
    expect(lonely([null, 1, undefined, null])).toEqual([1])
    expect(valueNear([1, undefined, undefined, 2, null, 3], 1)).toBe(1)
    expect(valueNear([1, undefined, undefined, 2, null, 3], 2)).toBe(2)
    expect(valueNear([1, undefined, undefined, 2, null, 3], 4)).toBeNull()
  })
})

describe('percentile bands', () => {
  it('are those of the vehicles’ means, each vehicle once', () => {
    expect(percentileOf([1, 2, 3, 4], 50)).toBe(2.5)
    expect(percentileOf([7], 90)).toBe(7)
    const bands = bandsOf(grid({ a: series(60, { 0: 10 }), b: series(60, { 0: 20 }), c: series(60, { 0: 60, 1: 5 }) }))
    expect(bands.percentiles.map((p) => p[0])).toEqual([12, 15, 20, 40, 52])
    expect([bands.low[0], bands.high[0]]).toEqual([9, 61])
    expect(bands.vehicles.slice(0, 3)).toEqual([3, 1, 0])
  })

  it('break where no vehicle is heard for ten minutes', () => {
    const bands = bandsOf(grid({ a: series(60, { 0: 10, 5: 11, 20: 12 }) }))
    expect(bands.percentiles[2]!.slice(0, 8)).toEqual([10, undefined, undefined, undefined, undefined, 11, null, null])
    expect(bands.percentiles[2]![21]).toBeNull()
  })
})

describe('figures', () => {
  it('sum trips, count records and silences, and find the fastest record', () => {
    const figures = figuresOf(grid({ a: series(60, { 0: 10, 59: 10 }), b: series(60, { 1: 80 }) }), [
      { start: '2026-11-25T10:00:00.000Z', end: '2026-11-25T10:30:00.000Z', distance_m: 12_000 }, { start: '2026-11-25T10:40:00.000Z', end: '2026-11-25T10:50:00.000Z', distance_m: 3000 },
    ])
    expect(figures).toEqual({ distanceM: 15_000, drivingMs: 40 * kMinute, maximum: { device: 'b', value: 81 }, samples: 6, gaps: 2, gapMs: (58 + 58) * kMinute })
  })

  it('share the records out by speed', () => {
    const bins = distributionOf(grid({ a: series(60, { 0: 0, 1: 10, 2: 200, 3: 19.9 }) }).lines)!
    expect(bins.map((bin) => bin.share).filter((share) => share > 0)).toEqual([0.25, 0.5, 0.25])
    expect(bins.at(-1)).toEqual({ from: 140, to: null, share: 0.25 })
    expect(distributionOf(grid({ a: series(60, {}) }).lines)).toBeNull()
  })
})

describe('CSV', () => {
  const made = grid({ a: series(60, { 0: 10.5, 2: 11 }), b: series(60, { 1: 80 }) })

  it('has a row for each point that is shown', () => {
    const rows = csvOfLines(made, 'speed_kmh', () => true).split('\r\n').slice(0, -1)
    expect(rows.length - 1).toBe(pointsOf(made, () => true))
    expect(rows[1]).toBe('a,speed_kmh,2026-11-25T10:00:00.000Z,60,9.5,10.5,11.5,2')
    expect(csvOfLines(made, 'speed_kmh', (id) => id === 'b').split('\r\n')).toHaveLength(3)
    expect(csvOfLines(made, 'speed_kmh', () => true, made, 86_400_000)).toContain('a,speed_kmh,2026-11-24T10:00:00.000Z')
  })

  it('has the percentiles of bands', () => {
    const rows = csvOfBands(bandsOf(made), 'speed_kmh').split('\r\n')
    expect(rows[0]).toBe('metric,bucket_start,bucket_s,vehicles,min,p10,p25,p50,p75,p90,max')
    expect(rows[1]).toBe('speed_kmh,2026-11-25T10:00:00.000Z,60,1,9.5,10.5,10.5,10.5,10.5,10.5,11.5')
    expect(rows).toHaveLength(5)
  })
})

describe('hours of the fleet', () => {
  const row = (hour: number, records: number, speed: number | null): HourRow => ({
    hour, records, active_devices: 1, avg_speed_kmh: speed, max_speed_kmh: null, avg_battery_pct: null, min_battery_pct: null, avg_temp_c: null, min_temp_c: null, max_temp_c: null, avg_humidity_pct: null, distance_m: 0,
    alerts: { HIGH: 1, MEDIUM: 2, LOW: 0 },
  })

  it('are those of the UTC days that the range touches, at most a month of them', () => {
    expect(daysIn(at('2026-11-24T23:00:00Z'), at('2026-11-26T00:00:00Z'))).toEqual(['2026-11-24', '2026-11-25'])
    const long = daysIn(at('2026-01-01T00:00:00Z'), at('2026-11-26T00:00:00Z'))
    expect([long.length, long[0], long.at(-1)]).toEqual([31, '2026-10-26', '2026-11-25'])
  })

  it('leave hours without records empty', () => {
    const days = [{ day: '2026-11-24', hours: [row(3, 10, 50), row(6, 20, null)] }, { day: '2026-11-25', hours: [] }]
    expect(slotsOf(days[0]).map((slot) => slot?.records ?? null).filter((n) => n !== null)).toEqual([10, 20])
    expect(slotsOf(days[0])[4]).toBeNull()
    expect(heatMapOf(days, 'speed', 'mean')).toMatchObject({ low: 50, high: 50 })
    expect(heatMapOf(days, 'speed', 'records')).toMatchObject({ low: 0, high: 20 })
    expect(heatMapOf(days, 'speed', 'alerts').values[0]![3]).toBe(3)
    expect(shownDay(days, null)).toBe('2026-11-24')
    expect(shownDay(days, '2026-11-25')).toBe('2026-11-25')
    expect(shownDay(days, '2026-10-01')).toBe('2026-11-24')
  })
})

describe('scales', () => {
  it('are those of the metric, widened by what lies outside', () => {
    expect(scaleOf('speed', 0, 90, false)).toEqual([0, 150])
    expect(scaleOf('speed', 0, 163, false)).toEqual([0, 170])
    expect(scaleOf('battery', 20, 30, false)).toEqual([0, 100])
    expect(scaleOf('speed', Infinity, -Infinity, false)).toEqual([0, 150])
  })

  it('fit the values when asked, and for temperature', () => {
    const [low, high] = scaleOf('temp', -4, 21, false)
    expect(low).toBeLessThan(-4)
    expect(high).toBeGreaterThan(21)
    expect(scaleOf('battery', 2, 60, true)[0]).toBe(0)
    expect(scaleOf('speed', 40, 44, true)[0]).toBeGreaterThan(30)
  })
})

describe('marks', () => {
  const alert = (change: Partial<Alert>): Alert => ({
    id: 'x', fleet_id: 'f', device_id: 'a', rule: 'r', type: 'OVERSPEED', severity: 'HIGH', state: 'OPEN', start: new Date(kFrom).toISOString(), end: null, peak: 1, limit: 1, lat: null, lon: null, zone: null, alarm: null, late: false,
    retracted: false, ...change,
  })

  it('shade the alerts of the metric that touch the range', () => {
    const end = kFrom + 60 * kMinute
    const early = new Date(kFrom - 2 * kMinute).toISOString()
    const shades = shadesOf([alert({}), alert({ type: 'LOW_BATTERY' }), alert({ retracted: true }), alert({ start: early, end: new Date(kFrom - kMinute).toISOString() }), alert({ start: early, end: new Date(kFrom + kMinute).toISOString(), severity: 'MEDIUM' })], 'speed', kFrom, end, end)
    expect(shades).toEqual([{ fromMs: kFrom - 2 * kMinute, toMs: kFrom + kMinute, severity: 'MEDIUM' }, { fromMs: kFrom, toMs: end, severity: 'HIGH' }])
  })

  it('draw the limits of the rules that hold here, each once', () => {
    const rules = [
      { name: '1', type: 'OVERSPEED', limit: 110 }, { name: '2', type: 'OVERSPEED', limit: 90, fleets: ['other'] }, { name: '3', type: 'OVERSPEED', limit: 110, devices: ['a'] }, { name: '4', type: 'LOW_BATTERY', limit: 20 },
    ] as const
    const plain = rules.map((rule) => ({ ...rule, fleets: 'fleets' in rule ? [...rule.fleets] : undefined!, devices: 'devices' in rule ? [...rule.devices] : undefined! }))
    expect(limitsOf(plain, 'speed', 'f', ['a'])).toEqual([110])
    expect(limitsOf(plain, 'speed', 'other', ['b'])).toEqual([90, 110])
    expect(limitsOf(plain, 'humidity', 'f', ['a'])).toEqual([])
  })
})

describe('the comparison', () => {
  it('has a line for each shown vehicle, in the colour of its place', () => {
    const made = grid({ a: series(60, { 0: 1 }), b: series(60, { 0: 2 }), c: series(60, { 0: 3 }) })
    const around = { fromMs: kFrom, toMs: kFrom + 60 * kMinute, shades: [], limits: [], tight: false }
    const model = compareModel(made, 'speed', ['a', 'b', 'c'], (id) => id !== 'b', around, null)
    expect(model.lines.map((line) => [line.name, line.colour])).toEqual([['a', '--ch-0'], ['c', '--ch-2']])
    expect(compareModel(made, 'speed', ['a', 'b', 'c'], () => true, around, made).lines).toHaveLength(6)
  })

  it('tells twenty lines apart', () => {
    expect(new Set(Array.from({ length: 20 }, (_, i) => JSON.stringify(styleOf(i)))).size).toBe(20)
  })
})

describe('the address of the page', () => {
  const now = kFrom
  it('reads back what it wrote, and keeps what belongs to all pages', () => {
    const query = { ...kDefaultQuery, vehicles: ['V-1', 'V-2'], metric: 'temp' as const, from: '2026-11-20T10:00Z', to: 'now-1h', focus: 'V-2', utc: true, tight: true, yesterday: true, day: '2026-11-21', heat: 'alerts' as const }
    const text = formatAnalyticsQuery(query, '?fleet=idf&e2e=1&sel=x&v=old')
    expect(text).toBe('fleet=idf&e2e=1&v=V-1,V-2&m=temp&from=2026-11-20T10:00Z&to=now-1h&focus=V-2&tz=utc&y=fit&compare=yesterday&hours=2026-11-21&heat=alerts')
    expect(parseAnalyticsQuery(`?${text}`, now)).toEqual(query)
    expect(parseAnalyticsQuery(`?${formatAnalyticsQuery({ ...kDefaultQuery, all: true }, '')}`, now)).toEqual({ ...kDefaultQuery, all: true })
  })

  it('falls back on nonsense', () => {
    expect(parseAnalyticsQuery('?m=mood&from=now&to=now-1h&v=a%20b,,&heat=x&hours=2026-02-30&focus=%3C', now)).toEqual(kDefaultQuery)
  })

  it('moves the range and never into the future', () => {
    const view = { fromMs: now - 3_600_000, toMs: now, nowMs: now }
    const span = { from: 'now-1h', to: 'now' }
    expect(movedSpan(span, 'earlier', view)).toEqual({ from: '2026-11-25T08:30Z', to: '2026-11-25T09:30Z' })
    expect(movedSpan(span, 'out', view)).toEqual({ from: 'now-2h', to: 'now' })
    expect(movedSpan(span, 'later', view)).toEqual({ from: 'now-1h', to: 'now' })
    expect(movedSpan(span, 'in', view)).toEqual({ from: '2026-11-25T09:15Z', to: '2026-11-25T09:45Z' })
    expect(movedSpan(span, 'in', { fromMs: now - 60_000, toMs: now, nowMs: now })).toEqual(span)
  })
})

describe('places under the cursor', () => {
  const fix = (minute: number, lat: number): Fix => ({ ts: new Date(kFrom + minute * kMinute).toISOString(), lat, lon: 2, speed_kmh: 50 })

  it('lie on the way between two fixes, at the last one over a gap, and nowhere before the first', () => {
    const fixes = placesOf([fix(0, 48), { ts: new Date(kFrom + kMinute).toISOString() }, fix(2, 49), fix(30, 50)])
    expect([-1, 0, 1, 2, 3].map((minute) => indexBefore(fixes, kFrom + minute * kMinute))).toEqual([-1, 0, 0, 1, 1])
    expect(placeAt(fixes, kFrom + kMinute)).toMatchObject({ lat: 48.5, lon: 2, ms: kFrom })
    expect(placeAt(fixes, kFrom + 20 * kMinute)).toMatchObject({ lat: 49, ms: kFrom + 2 * kMinute })
    expect(placeAt(fixes, kFrom + 40 * kMinute)).toMatchObject({ lat: 50 })
    expect(placeAt(fixes, kFrom - 1)).toBeNull()
  })

  it('are read by the hour, with the ten minutes before it', () => {
    expect(windowOf(kFrom + kMinute)).toEqual({ key: kFrom / 3_600_000, fromMs: kFrom - 10 * kMinute, toMs: kFrom + 60 * kMinute })
  })
})

describe('readings of several vehicles', () => {
  it('leave out one that fails, and fail when all do', async () => {
    const run = (id: string) => (id === 'bad' ? Promise.reject(new Error('no device bad')) : Promise.resolve(id.length))
    const { signal } = new AbortController()
    expect(await eachVehicle(['a', 'bad', 'ccc'], signal, run)).toEqual({ found: [['a', 1], ['ccc', 3]], failed: new Map([['bad', 'no device bad']]) })
    await expect(eachVehicle(['bad'], signal, run)).rejects.toThrow('no device bad')
    await expect(eachVehicle(['a'], AbortSignal.abort(), run)).rejects.toThrow(/abort/i)
  })

  it('keep answers but not failures', async () => {
    const answers = new Answers()
    let asked = 0
    const read = () => (++asked === 1 ? Promise.reject(new Error('later')) : Promise.resolve(asked))
    await expect(answers.get('x', read)).rejects.toThrow('later')
    expect([await answers.get('x', read), await answers.get('x', read)]).toEqual([2, 2])
  })
})
