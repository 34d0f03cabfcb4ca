// SPDX-License-Identifier: Apache-2.0
// The address bar: /live?fleet=&sel=&f=&sort=&map=z/lat/lon&date=&at=HH:MM (UTC, of that date). What is in it can be shared, reloaded and gone back to.
// Unknown parameters are kept. Wrong values fall back to the default, never to an error.
import { kSortKeys, type SortKey } from '../live/query'
import { kClasses, kStates, type State } from '../live/vehicle-store'
import type { MapView } from '../map/view'

export interface PageState {
  fleet: string | null
  sel: string | null
  date: string | null
  /** Time of `date` as HH:MM (UTC) at which the fleet is shown; null = its end. */
  at: string | null
  text: string
  states: State[]
  classes: number[]
  sort: SortKey
  descending: boolean
  map: MapView | null
}

export const kDefaultPage: PageState = {
  fleet: null, sel: null, date: null, at: null, text: '', states: [], classes: [], sort: 'id', descending: false, map: null,
}

const kOwn = ['fleet', 'sel', 'date', 'at', 'f', 'sort', 'map']

export function parsePage(search: string): PageState {
  const params = new URLSearchParams(search)
  const [key, direction] = (params.get('sort') ?? '').split('.')
  const sort = kSortKeys.find((k) => k === key)
  return {
    fleet: params.get('fleet') || null,
    sel: params.get('sel') || null,
    date: parseDay(params.get('date')),
    at: parseDay(params.get('date')) === null ? null : parseClock(params.get('at')),
    ...parseFilterParam(params.get('f') ?? ''),
    sort: sort ?? kDefaultPage.sort,
    descending: sort !== undefined && direction === 'desc',
    map: parseView(params.get('map')),
  }
}

export function formatPage(page: PageState, search: string): string {
  const params = new URLSearchParams()
  if (page.fleet !== null) params.set('fleet', page.fleet)
  if (page.sel !== null) params.set('sel', page.sel)
  if (page.date !== null) params.set('date', page.date)
  if (page.date !== null && page.at !== null) params.set('at', page.at)
  const f = formatFilterParam(page)
  if (f !== '') params.set('f', f)
  if (page.sort !== kDefaultPage.sort || page.descending) params.set('sort', page.descending ? `${page.sort}.desc` : page.sort)
  if (page.map !== null) params.set('map', `${page.map.zoom.toFixed(2)}/${page.map.lat.toFixed(5)}/${page.map.lon.toFixed(5)}`)
  for (const [name, value] of new URLSearchParams(search)) {
    if (!kOwn.includes(name)) params.append(name, value)
  }
  return params.toString().replaceAll('%2F', '/').replaceAll('%3A', ':')
}

function parseFilterParam(f: string): Pick<PageState, 'text' | 'states' | 'classes'> {
  const states: State[] = []
  const classes: number[] = []
  const words: string[] = []
  for (const word of f.split(' ')) {
    const state = kStates.find((s) => word === `is:${s}`)
    const speedClass = /^class:(\d)$/.exec(word)
    if (state) states.push(state)
    else if (speedClass && Number(speedClass[1]) < kClasses) classes.push(Number(speedClass[1]))
    else words.push(word)
  }
  return { text: words.join(' '), states, classes }
}

function formatFilterParam(page: PageState): string {
  return [...page.states.map((s) => `is:${s}`), ...page.classes.map((c) => `class:${c}`), page.text].filter((w) => w !== '').join(' ')
}

function parseDay(text: string | null): string | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const ms = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : text
}

function parseClock(text: string | null): string | null {
  return text !== null && /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? text : null
}

function parseView(text: string | null): MapView | null {
  const parts = (text ?? '').split('/').map(Number)
  const [zoom, lat, lon] = parts
  if (parts.length !== 3 || parts.some(Number.isNaN) || zoom === undefined || lat === undefined || lon === undefined) return null
  return zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 90 && Math.abs(lon) <= 360 ? { zoom, lat, lon } : null
}
