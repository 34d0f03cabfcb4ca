// SPDX-License-Identifier: Apache-2.0
// What the reader asks of the Analytics page, in the address bar. Pure. Wrong values fall back to the default, never to an error.
import { parseSpan, type Span } from '../app/time-range'
import { kMetrics, type Metric } from './metrics'

/** More lines than these are shown as percentile bands. */
export const kMostLines = 20
/** More vehicles than these are refused: each is a request. */
export const kMostVehicles = 200

export const kHeats = ['mean', 'records', 'alerts'] as const
export type Heat = (typeof kHeats)[number]

export interface AnalyticsQuery extends Span {
  /** Empty = not chosen yet; the page takes the first few. */
  vehicles: string[]
  /** The whole fleet instead. */
  all: boolean
  metric: Metric
  /** Vehicle whose own charts are shown; null = the first. */
  focus: string | null
  /** Times in UTC instead of the reader's zone. */
  utc: boolean
  /** The scale fits the values instead of the metric's own. */
  tight: boolean
  /** The same range one day before, as thin lines. */
  yesterday: boolean
  /** UTC day of the hourly bars; null = the last of the range that has records. */
  day: string | null
  heat: Heat
}

export const kDefaultSpan: Span = { from: 'now-24h', to: 'now' }
export const kDefaultQuery: AnalyticsQuery = {
  ...kDefaultSpan, vehicles: [], all: false, metric: 'speed', focus: null, utc: false, tight: false, yesterday: false, day: null, heat: 'mean',
}

const kOwn = ['v', 'm', 'from', 'to', 'focus', 'tz', 'y', 'compare', 'hours', 'heat', 'f', 'sel', 'map', 'sort', 'date']
const kId = /^[A-Za-z0-9._:-]{1,64}$/

export function parseAnalyticsQuery(search: string, nowMs: number): AnalyticsQuery {
  const params = new URLSearchParams(search)
  const span = { from: params.get('from') ?? kDefaultSpan.from, to: params.get('to') ?? kDefaultSpan.to }
  const ids = [...new Set((params.get('v') ?? '').split(',').filter((id) => kId.test(id)))]
  const focus = params.get('focus')
  const day = params.get('hours') ?? ''
  return {
    ...(parseSpan(span, nowMs) ? span : kDefaultSpan),
    vehicles: ids.slice(0, kMostVehicles),
    all: params.get('v') === '*',
    metric: kMetrics.find((metric) => metric === params.get('m')) ?? 'speed',
    focus: focus !== null && kId.test(focus) ? focus : null,
    utc: params.get('tz') === 'utc',
    tight: params.get('y') === 'fit',
    yesterday: params.get('compare') === 'yesterday',
    day: parseSpan({ from: day, to: day }, nowMs) && /^\d{4}-/.test(day) ? day.slice(0, 10) : null,
    heat: kHeats.find((heat) => heat === params.get('heat')) ?? 'mean',
  }
}

/** The query of the address. Parameters of no page are kept (`fleet`, `e2e`); those of other pages are not. */
export function formatAnalyticsQuery(query: AnalyticsQuery, search: string): string {
  const params = new URLSearchParams()
  for (const [name, value] of new URLSearchParams(search)) if (!kOwn.includes(name)) params.append(name, value)
  if (query.all) params.set('v', '*')
  else if (query.vehicles.length > 0) params.set('v', query.vehicles.join(','))
  if (query.metric !== 'speed') params.set('m', query.metric)
  if (query.from !== kDefaultSpan.from || query.to !== kDefaultSpan.to) {
    params.set('from', query.from)
    params.set('to', query.to)
  }
  if (query.focus !== null) params.set('focus', query.focus)
  if (query.utc) params.set('tz', 'utc')
  if (query.tight) params.set('y', 'fit')
  if (query.yesterday) params.set('compare', 'yesterday')
  if (query.day !== null) params.set('hours', query.day)
  if (query.heat !== 'mean') params.set('heat', query.heat)
  return params.toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2A', '*')
}
