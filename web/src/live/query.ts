// SPDX-License-Identifier: Apache-2.0
// Which vehicles are shown, in which order, and how many there are of each kind. Pure; runs in the worker over slots.
import { parseFilter, type Term } from './filter'
import { kClasses, kStates, type Limits, type State, type VehicleStore } from './vehicle-store'
import { kNoI16, kNoPosition, kNoU16 } from './wire'

export const kSortKeys = ['id', 'state', 'speed', 'battery', 'temp', 'zone', 'position', 'age'] as const
export type SortKey = (typeof kSortKeys)[number]

export interface Query {
  text: string
  states: State[]
  /** Colour classes 0…5; empty = all. */
  classes: number[]
  sort: SortKey
  descending: boolean
}

export interface View {
  /** Slots that pass the filter, in order. */
  rows: Uint32Array
  /** Vehicles with a state, before filtering. */
  total: number
  classCounts: number[]
  stateCounts: number[]
}

/** Absent values sort last in both directions. Equal values keep the order of ids, so that a table does not flicker. */
export function runQuery(store: VehicleStore, query: Query, nowMs: number, limits: Limits): View {
  const terms = parseFilter(query.text)
  const states = new Set(query.states.map((s) => kStates.indexOf(s)))
  const classes = new Set(query.classes)
  const classCounts = Array.from({ length: kClasses }, () => 0)
  const stateCounts = kStates.map(() => 0)
  const picked = new Uint32Array(store.size)
  let total = 0
  let n = 0
  for (let slot = 0; slot < store.size; slot++) {
    if (store.known[slot] === 0) continue
    total++
    const state = store.state(slot, nowMs, limits)
    const speedClass = store.speedClass(slot, nowMs, limits)
    stateCounts[state]!++
    classCounts[speedClass]!++
    if (states.size > 0 && !states.has(state)) continue
    if (classes.size > 0 && !classes.has(speedClass)) continue
    if (terms.length > 0 && !terms.every((term) => matches(store, slot, term, nowMs))) continue
    picked[n++] = slot
  }
  return { rows: sortSlots(store, picked.subarray(0, n), query, nowMs, limits), total, classCounts, stateCounts }
}

function matches(store: VehicleStore, slot: number, term: Term, nowMs: number): boolean {
  if (term.kind === 'text') {
    return (store.ids[slot] ?? '').toLowerCase().includes(term.text) || zoneName(store, slot).toLowerCase().includes(term.text)
  }
  const value = metric(store, slot, term.field, nowMs)
  if (Number.isNaN(value)) return false
  switch (term.op) {
    case '>': return value > term.value
    case '<': return value < term.value
    case '>=': return value >= term.value
    case '<=': return value <= term.value
    case '=': return value === term.value
  }
}

export function metric(store: VehicleStore, slot: number, field: 'speed' | 'battery' | 'temp' | 'age', nowMs: number): number {
  switch (field) {
    case 'speed': return store.speed[slot] === kNoU16 ? Number.NaN : store.speed[slot]! / 100
    case 'battery': return store.battery[slot] === kNoU16 ? Number.NaN : store.battery[slot]! / 100
    case 'temp': return store.temp[slot] === kNoI16 ? Number.NaN : store.temp[slot]! / 100
    case 'age': return (nowMs - store.ts[slot]!) / 1000
  }
}

export function zoneName(store: VehicleStore, slot: number): string {
  return store.zones[store.zone[slot]!] ?? ''
}

function sortSlots(store: VehicleStore, slots: Uint32Array, query: Query, nowMs: number, limits: Limits): Uint32Array {
  const byId = idRanks(store)
  const key = new Float64Array(store.size)
  const zones = query.sort === 'zone' ? ranks(store.zones) : []
  for (const slot of slots) {
    switch (query.sort) {
      case 'id': key[slot] = byId[slot]!; break
      case 'state': key[slot] = store.state(slot, nowMs, limits); break
      case 'zone': key[slot] = store.zone[slot] === 0 ? Number.NaN : zones[store.zone[slot]!]!; break
      case 'position': key[slot] = store.lat[slot] === kNoPosition ? Number.NaN : store.lat[slot]!; break
      default: key[slot] = metric(store, slot, query.sort, nowMs)
    }
  }
  const sign = query.descending ? -1 : 1
  return slots.slice().sort((a, b) => {
    const ka = key[a]!
    const kb = key[b]!
    if (ka === kb) return byId[a]! - byId[b]!
    if (Number.isNaN(ka)) return Number.isNaN(kb) ? byId[a]! - byId[b]! : 1
    if (Number.isNaN(kb)) return -1
    return sign * (ka - kb)
  })
}

const cache = new WeakMap<string[], { length: number; ranks: Uint32Array }>()

function idRanks(store: VehicleStore): Uint32Array {
  const hit = cache.get(store.ids)
  if (hit?.length === store.ids.length) return hit.ranks
  const fresh = ranks(store.ids)
  cache.set(store.ids, { length: store.ids.length, ranks: fresh })
  return fresh
}

/** Position of each name in the order people expect: V-9 before V-10. */
function ranks(names: readonly string[]): Uint32Array {
  const collator = new Intl.Collator('en', { numeric: true })
  const order = names.map((_, i) => i).sort((a, b) => collator.compare(names[a] ?? '', names[b] ?? '') || a - b)
  const out = new Uint32Array(names.length)
  order.forEach((index, rank) => { out[index] = rank })
  return out
}
