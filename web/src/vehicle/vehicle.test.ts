// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { Alert, Stop, TrackRecord, Trip } from '../api/types'
import { type DayTrack, gapsOf, instantAt, timeNear, trackOf } from './day-track'
import { eventAt, eventsOf, neighbour } from './events'
import { exportName, exportUrl, isOneAnswer } from './export'
import { hoursAround, plotOf, rangeOf, scaleOf } from './plot'
import { endOf, formatVehicleQuery, parseVehicleQuery, startOf } from './query'
import { advance, faster, joined, kRates, slower } from './replay'
import { kStripDays, stripAround } from './use-days'

const kDay = '2026-11-23'
const at = (clock: string) => Date.parse(`${kDay}T${clock}Z`)
const record = (clock: string, rest: Partial<TrackRecord> = {}): TrackRecord => ({ ts: new Date(at(clock)).toISOString(), ...rest })

describe('the address of a vehicle', () => {
  it.each([{ day: null, atMs: null }, { day: kDay, atMs: null }, { day: kDay, atMs: at('14:03:20') }])('reads back what it wrote: %j', (query) => {
    expect(parseVehicleQuery(`?${formatVehicleQuery(query, '?fleet=idf&day=2026-01-01&t=00:00:00')}`)).toEqual(query)
  })

  it('stays readable and keeps what is not its own', () => {
    expect(formatVehicleQuery({ day: kDay, atMs: at('14:03:20') }, '?fleet=idf&e2e=1')).toBe(`fleet=idf&e2e=1&day=${kDay}&t=14:03:20`)
  })

  it('takes a whole instant too', () => {
    expect(parseVehicleQuery('?t=2026-11-23T14:03:20.500Z')).toEqual({ day: kDay, atMs: at('14:03:20.500') })
    expect(parseVehicleQuery('?day=2026-11-23&t=14:03:20.236')).toEqual({ day: kDay, atMs: at('14:03:20.236') })
    expect(parseVehicleQuery('?day=2026-11-22&t=2026-11-23T14:03:20Z')).toEqual({ day: '2026-11-22', atMs: null })
  })

  it.each(['?day=2026-02-30', '?t=14:03', '?day=x&t=25:00:00'])('falls back on nonsense: %s', (search) => {
    expect(parseVehicleQuery(search)).toEqual({ day: null, atMs: null })
  })
})

describe('an instant of the day', () => {
  const track = trackOf([
    record('08:00:00', { lat: 48, lon: 2, speed_kmh: 30, battery_pct: 80 }),
    record('08:00:30', { speed_kmh: 40 }),
    record('08:01:00', { lat: 48.01, lon: 2.02, speed_kmh: 50 }),
    record('09:00:00', { lat: 48.5, lon: 2.5, heading_deg: 90 }),
  ])

  it('lies between two fixes', () => {
    expect(instantAt(track, at('08:00:15'))).toMatchObject({ lat: 48.0025, lon: 2.005, speed: 30, battery: 80, unknown: false })
    expect(instantAt(track, at('08:00:45'))!.speed).toBe(40)
  })

  it('is a fix at the time of a fix', () => {
    expect(instantAt(track, at('08:01:00'))).toMatchObject({ lat: 48.01, lon: 2.02, unknown: false })
    expect(instantAt(track, at('09:00:00'))).toMatchObject({ lat: 48.5, heading: 90, unknown: false })
  })

  it('is not known in a silence, before the first and after the last fix', () => {
    expect(instantAt(track, at('08:30:00'))).toMatchObject({ lat: 48.01, fixMs: at('08:01:00'), unknown: true, speed: null })
    expect(instantAt(track, at('07:59:59'))).toMatchObject({ lat: 48, fixMs: at('08:00:00'), unknown: true, speed: null })
    expect(instantAt(track, at('09:00:01'))).toMatchObject({ lat: 48.5, unknown: true })
    expect(instantAt(trackOf([record('08:00:00', { battery_pct: 5 })]), at('08:00:00'))).toBeNull()
  })

  it('goes the short way over the date line and takes the heading from the way', () => {
    const over = trackOf([record('08:00:00', { lat: 0, lon: 179.9 }), record('08:01:00', { lat: 0, lon: -179.9 })])
    const half = instantAt(over, at('08:00:30'))!
    expect(half.lon).toBeCloseTo(180, 9)
    expect(half.heading).toBeCloseTo(90, 9)
  })

  it('agrees with a search through all records, whatever they are', () => {
    let seed = 5
    const random = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648 }
    for (let round = 0; round < 50; round++) {
      let ms = at('08:00:00')
      const records: TrackRecord[] = Array.from({ length: 12 }, () => {
        ms += 1000 + Math.floor(random() * (random() < 0.2 ? 1_500_000 : 60_000))
        return { ts: new Date(ms).toISOString(), ...(random() < 0.7 ? { lat: random(), lon: random() } : {}) }
      })
      const some = trackOf(records)
      const fixes = records.filter((r) => r.lat !== undefined)
      for (let i = 0; i < 30 && fixes.length > 0; i++) {
        const t = at('07:59:00') + Math.floor(random() * (ms - at('07:58:00')))
        const before = fixes.filter((r) => Date.parse(r.ts) <= t).at(-1)
        const after = fixes.find((r) => Date.parse(r.ts) > t)
        const gap = before && after ? Date.parse(after.ts) - Date.parse(before.ts) > 600_000 : true
        const known = before !== undefined && (Date.parse(before.ts) === t || !gap)
        expect(instantAt(some, t)!.unknown, `seed 5, round ${round}, ${t}`).toBe(!known)
      }
    }
  })

  it('finds silences, and the time at which a place was passed', () => {
    expect(gapsOf(track)).toEqual([{ fromMs: at('08:01:00'), toMs: at('09:00:00') }])
    expect(timeNear(track, 48.011, 2.02, 0.01, 0)).toBe(at('08:01:00'))
    expect(timeNear(track, 47, 2.02, 0.01, 0)).toBeNull()
    // The same place twice: the one nearer in time to where the replay stands.
    const twice = trackOf([record('08:00:00', { lat: 48, lon: 2 }), record('10:00:00', { lat: 48, lon: 2 })])
    expect(timeNear(twice, 48, 2, 0.01, at('09:30:00'))).toBe(at('10:00:00'))
  })
})

describe('the clock of the replay', () => {
  const day = { fromMs: at('08:00:00'), toMs: at('18:00:00') }

  it.each(kRates)('runs %d times as fast as time', (rate) => {
    expect(advance(at('08:00:00'), 10_000, rate, day, [])).toEqual({ atMs: at('08:00:00') + 10_000 * rate, ended: false })
  })

  it('jumps over what is skipped, and spends its time outside', () => {
    const stop = { fromMs: at('08:05:00'), toMs: at('09:00:00') }
    expect(advance(at('08:00:00'), 10_000, 60, day, [stop]).atMs).toBe(at('09:05:00'))
    expect(advance(at('08:30:00'), 1000, 60, day, [stop]).atMs).toBe(at('09:01:00'))
    expect(advance(at('09:00:00'), 1000, 60, day, [stop]).atMs).toBe(at('09:01:00'))
  })

  it('ends at the end, never before and never beyond', () => {
    expect(advance(at('17:59:00'), 999, 60, day, [])).toEqual({ atMs: at('17:59:59.940'), ended: false })
    expect(advance(at('17:59:00'), 10_000, 300, day, [])).toEqual({ atMs: day.toMs, ended: true })
    expect(advance(at('17:00:00'), 1, 1, day, [{ fromMs: at('16:00:00'), toMs: at('19:00:00') }])).toEqual({ atMs: day.toMs, ended: true })
  })

  it('has steps that end', () => {
    expect([faster(1), faster(300), slower(60), slower(1)]).toEqual([5, 300, 20, 1])
    expect(joined([{ fromMs: 5, toMs: 9 }, { fromMs: 1, toMs: 3 }, { fromMs: 3, toMs: 4 }, { fromMs: 6, toMs: 7 }])).toEqual([{ fromMs: 1, toMs: 4 }, { fromMs: 5, toMs: 9 }])
  })
})

describe('the course of a day', () => {
  const trip = { id: 't', start: `${kDay}T08:10:00.000Z`, end: `${kDay}T09:00:00.000Z` } as Trip
  const stop: Stop = { start: `${kDay}T08:00:00.000Z`, end: `${kDay}T08:10:00.000Z`, lat: 1, lon: 2, duration_s: 600 }
  const alert = { id: 'a', start: `${kDay}T08:10:00.000Z`, end: null, severity: 'HIGH' } as Alert
  const events = eventsOf([trip], [stop], [{ fromMs: at('12:00:00'), toMs: at('13:00:00') }], [alert])

  it('is in the order of time', () => {
    expect(events.map((event) => event.kind)).toEqual(['stop', 'trip', 'alert', 'gap'])
    expect(eventAt(events, at('08:30:00'))).toBe(1)
    expect(eventAt(events, at('10:00:00'))).toBe(-1)
    expect(neighbour(events, at('08:00:00'), true)).toBe(at('08:10:00'))
    expect(neighbour(events, at('08:30:00'), false)).toBe(at('08:10:00'))
    expect(neighbour(events, at('12:00:00'), true)).toBeNull()
  })
})

describe('the curves', () => {
  const span = { fromMs: at('08:00:00'), toMs: at('09:00:00') }
  const speeds = (values: [clock: string, speed?: number][]): DayTrack => trackOf(values.map(([clock, speed]) => record(clock, speed === undefined ? {} : { speed_kmh: speed })))

  it('break at a silence, show what stands alone, and skip what a record does not carry', () => {
    const plot = plotOf(speeds([['08:00:00', 0], ['08:05:00', 30], ['08:06:00'], ['08:20:00', 10], ['08:40:00', 60], ['08:41:00', 0]]), 'speed', span, { bottom: 0, top: 60 }, 360, 60)
    expect(plot.d).toBe('M0.0 60.0L30.0 30.0M240.0 0.0L246.0 60.0')
    expect(plot.dots).toEqual([{ x: 120, y: 50 }])
    expect(plot.thinned).toBe(false)
  })

  it('keep every peak when there are more records than pixels', () => {
    const many = trackOf(Array.from({ length: 3600 }, (_, i) => ({ ts: new Date(span.fromMs + i * 1000).toISOString(), speed_kmh: i === 1234 ? 120 : i === 2000 ? 0 : 50 })))
    const plot = plotOf(many, 'speed', span, { bottom: 0, top: 130 }, 100, 130)
    expect(plot.thinned).toBe(true)
    expect(plot.d.match(/[ML]/g)!.length).toBeLessThanOrEqual(2 * 201)
    expect(plot.d).toContain(' 10.0')
    expect(plot.d).toContain(' 130.0')
  })

  it('have round ends', () => {
    expect(scaleOf('speed', { bottom: 20, top: 91 })).toEqual({ bottom: 0, top: 130 })
    expect(scaleOf('battery', { bottom: 61, top: 100 })).toEqual({ bottom: 60, top: 100 })
    expect(scaleOf('temp', { bottom: -1, top: -1 })).toEqual({ bottom: -5, top: 0 })
    expect(rangeOf(speeds([['08:00:00']]), 'speed')).toBeNull()
  })

  it('cover whole hours around what is known', () => {
    const day = { fromMs: startOf(kDay), toMs: endOf(kDay) }
    expect(hoursAround(day, at('08:10:00'), at('09:00:00'))).toEqual({ fromMs: at('08:00:00'), toMs: at('10:00:00') })
    expect(hoursAround(day, at('08:00:00'), at('08:00:00'))).toEqual({ fromMs: at('08:00:00'), toMs: at('09:00:00') })
    expect(hoursAround(day, at('23:59:59.999'), at('23:59:59.999')).toMs).toBe(day.toMs)
    expect(hoursAround(day, null, null)).toEqual(day)
  })
})

describe('days and files', () => {
  it('a strip shows the last thirty days, or an earlier thirty', () => {
    expect(stripAround(kDay, '2026-11-25', 30)).toMatchObject({ edge: '2026-10-26' })
    expect(stripAround(kDay, '2026-11-25', 30).days.at(-1)).toBe('2026-11-25')
    const earlier = stripAround('2026-10-26', '2026-11-25', null)
    expect([earlier.days.length, earlier.days.at(-1), earlier.edge]).toEqual([kStripDays, '2026-10-26', null])
  })

  it('files hold the day', () => {
    expect(exportUrl('V:1', kDay, 'gpx')).toBe('/api/v1/devices/V%3A1/history?from=2026-11-23T00%3A00%3A00.000Z&to=2026-11-24T00%3A00%3A00.000Z&format=gpx')
    expect(exportUrl('V-1', kDay, 'csv', 'abc')).toContain('order=asc&limit=10000&cursor=abc')
    expect([isOneAnswer('csv', 10_000), isOneAnswer('csv', 10_001), isOneAnswer('gpx', 90_000)]).toEqual([true, false, true])
    expect(exportName('V:1', kDay, 'csv')).toBe('V_1-2026-11-23.csv')
  })
})
