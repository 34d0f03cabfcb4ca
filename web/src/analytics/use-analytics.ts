// SPDX-License-Identifier: Apache-2.0
// Everything that the page reads, for the vehicles, the metric and the range that are asked.
import { useMemo, useRef, useState } from 'react'
import type { Alert } from '../api/types'
import { useNow } from '../app/hooks'
import { usePage } from '../app/page-store'
import { parseSpan } from '../app/time-range'
import { alertsOf, type DayRows, devices, fleetHours, type Rule, rules, series, type Series, type Trip, trips } from './api'
import { useQuery } from './analytics-store'
import { figuresOf, type Figures } from './figures'
import { type Grid, gridOf } from './grid'
import { daysIn } from './hours'
import { kMetricInfo, type Metric } from './metrics'
import { type Bands, bandsOf } from './percentiles'
import { kMostLines, kMostVehicles } from './query'
import { Answers, each, eachVehicle, type Reading, useReading } from './reading'

const kMinuteMs = 60_000
const kDayMs = 86_400_000
const kDefaultVehicles = 3

export interface View {
  fromMs: number
  toMs: number
  /** Up to now: read again each minute. */
  open: boolean
  nowMs: number
}

export interface Catalogue {
  ids: string[]
  /** The fleet has more vehicles than the list. */
  more: boolean
  /** What is compared when nobody has chosen: those with the newest records. */
  first: string[]
}

const answers = new Answers()

/** `turn` grows with each wish to read everything again. */
export function useTurn(): [number, () => void] {
  const [turn, setTurn] = useState(0)
  return [turn, () => {
    answers.clear()
    setTurn((n) => n + 1)
  }]
}

/** The range that is asked, with "now" at the end of the running minute, so that it stays the same for a minute. */
export function useView(): View {
  const { from, to } = useQuery()
  const clock = useNow(kMinuteMs / 6)
  // A page that nobody sees asks for nothing.
  const seen = useRef(clock)
  if (!document.hidden) seen.current = clock
  const nowMs = Math.ceil(seen.current / kMinuteMs) * kMinuteMs
  return useMemo(() => {
    const { fromMs, toMs } = parseSpan({ from, to }, nowMs)!
    return { fromMs, toMs: toMs ?? nowMs, open: toMs === null, nowMs }
  }, [from, to, nowMs])
}

export function useCatalogue(fleet: string | null, turn: number): Reading<Catalogue> {
  return useReading(fleet === null ? '' : `${fleet}#${turn}`, async (signal) => {
    const list = await devices(fleet!, signal)
    const newest = list.devices.filter((one) => one.last_seen !== null).toSorted((a, b) => minute(b.last_seen!) - minute(a.last_seen!) || (a.device_id < b.device_id ? -1 : 1))
    const known = newest.length > 0 ? newest : list.devices
    return { ids: list.devices.map((one) => one.device_id), more: list.more, first: known.slice(0, kDefaultVehicles).map((one) => one.device_id).toSorted() }
  })
}

/** Vehicles heard within the same few minutes count as equally new. */
function minute(text: string): number {
  return Math.floor(Date.parse(text) / (5 * kMinuteMs))
}

/** The vehicles that are compared; null = not known yet. `tooMany` = more than can be asked for. */
export function useVehicles(catalogue: Catalogue | null): { ids: string[] | null; tooMany: number | null; bands: boolean } {
  const { vehicles, all } = useQuery()
  return useMemo(() => {
    const ids = all ? catalogue?.ids ?? null : vehicles.length > 0 ? vehicles : catalogue?.first ?? null
    if (all && catalogue && (catalogue.more || catalogue.ids.length > kMostVehicles)) return { ids: [], tooMany: catalogue.ids.length, bands: true }
    return { ids, tooMany: null, bands: all || (ids !== null && ids.length > kMostLines) }
  }, [catalogue, vehicles, all])
}

export interface SeriesSet {
  /** What was asked, which may have changed since. */
  metric: Metric
  view: View
  grid: Grid
  /** Vehicles of which the series could not be read, with the reason. */
  failed: Map<string, string>
  retentionFromMs: number | null
}

/** Series of one metric of several vehicles. A vehicle that fails does not hide the others. */
export function useSeries(ids: readonly string[] | null, metric: Metric | null, view: View, points: number, turn: number, shiftMs = 0): Reading<SeriesSet> {
  const { fromMs, toMs, nowMs } = view
  const key = ids === null || ids.length === 0 || metric === null || points === 0 ? '' : `${metric}|${fromMs - shiftMs}|${toMs - shiftMs}|${points}|${turn}|${ids.join(',')}`
  return useReading(key, async (signal) => {
    // Not aborted: another chart may wait for the same answer.
    const { found, failed } = await eachVehicle(ids!, signal, (device) =>
      answers.get(`${device}|${metric}|${fromMs - shiftMs}|${toMs - shiftMs}|${points}`, () => series(device, kMetricInfo[metric!].field, fromMs - shiftMs, toMs - shiftMs, points)))
    const good = found.map(([device, answer]) => ({ device, answer }))
    const limits = good.flatMap(({ answer }) => (answer.retention_from === undefined ? [] : [Date.parse(answer.retention_from)]))
    const moved = good.map(({ device, answer }) => ({ device, answer: shiftMs === 0 ? answer : shifted(answer, shiftMs) }))
    return { metric: metric!, view, grid: gridOf(moved, fromMs, toMs, nowMs + shiftMs), failed, retentionFromMs: limits.length === 0 ? null : Math.max(...limits) }
  })
}

/** A series of an earlier time as if it were `byMs` later. */
function shifted(answer: Series, byMs: number): Series {
  return { ...answer, points: answer.points.map((point) => ({ ...point, t: new Date(Date.parse(point.t) + byMs).toISOString() })) }
}

export function useBands(set: SeriesSet | null, wanted: boolean): Bands | null {
  return useMemo(() => (set && wanted ? bandsOf(set.grid) : null), [set, wanted])
}

export function useTrips(ids: readonly string[] | null, view: View, turn: number): Reading<Trip[]> {
  const { fromMs, toMs } = view
  const key = ids === null || ids.length === 0 ? '' : `${fromMs}|${toMs}|${turn}|${ids.join(',')}`
  return useReading(key, async (signal) => (await eachVehicle(ids!, signal, (device) => trips(device, fromMs, toMs, signal))).found.flatMap(([, driven]) => driven))
}

export function useFigures(speed: SeriesSet | null, driven: Trip[] | null): Figures | null {
  return useMemo(() => (speed && driven ? figuresOf(speed.grid, driven) : null), [speed, driven])
}

/** Alerts of the compared vehicles that touch the range: also those that began up to a day before. */
export function useAlertsOf(ids: readonly string[] | null, view: View, turn: number): Reading<Map<string, Alert[]>> {
  const fleet = usePage((s) => s.fleet)
  const { fromMs, toMs } = view
  const key = ids === null || ids.length === 0 || ids.length > kMostLines || fleet === null ? '' : `${fleet}|${fromMs}|${toMs}|${turn}|${ids.join(',')}`
  return useReading(key, async (signal) => new Map((await eachVehicle(ids!, signal, (device) => alertsOf(fleet!, device, fromMs - kDayMs, toMs, signal))).found))
}

export function useRules(turn: number): Reading<Rule[]> {
  return useReading(`rules${turn}`, rules)
}

export function useHours(view: View, turn: number): Reading<DayRows[]> {
  const fleet = usePage((s) => s.fleet)
  const days = daysIn(view.fromMs, Math.min(view.toMs, view.nowMs))
  const key = fleet === null || days.length === 0 ? '' : `${fleet}|${days[0]}|${days.length}|${view.open ? view.nowMs : 0}|${turn}`
  return useReading(key, (signal) => each(days, async (day) => ({ day, hours: (await fleetHours(fleet!, day, signal)).hours })))
}
