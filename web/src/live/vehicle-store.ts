// SPDX-License-Identifier: Apache-2.0
// The newest state of each vehicle of one fleet, as a struct of typed arrays indexed by slot. One instance lives in the
// worker (sorting, filtering), one beside the map (drawing, table cells); both apply the same frames. Knows no framework.
import { kFlagMoving, kNoPosition, kNoU16, type Rows } from './wire'

/** What the colour says. `kSilent` = no fresh record, or none that carries a speed. */
export const kSpeedLimits = [1, 30, 60, 90] as const
export const kSilent = 5
export const kClasses = 6

export const kStates = ['moving', 'stopped', 'stale', 'offline'] as const
export type State = (typeof kStates)[number]
export const kMoving = 0
export const kStopped = 1
export const kStale = 2
export const kOffline = 3

/** Ages from which a vehicle is stale or offline; the server says which (`welcome`). */
export interface Limits {
  staleMs: number
  offlineMs: number
}

export const kDefaultLimits: Limits = { staleMs: 300_000, offlineMs: 1_800_000 }

export class VehicleStore {
  size = 0
  ids: string[] = []
  zones: string[] = ['']
  lat = new Int32Array(0)
  lon = new Int32Array(0)
  x = new Float64Array(0)
  y = new Float64Array(0)
  ts = new Float64Array(0)
  posTs = new Float64Array(0)
  speed = new Uint16Array(0)
  heading = new Uint16Array(0)
  battery = new Uint16Array(0)
  temp = new Int16Array(0)
  humidity = new Uint16Array(0)
  zone = new Uint16Array(0)
  flags = new Uint8Array(0)
  /** 1 = the slot has been filled by a frame. */
  known = new Uint8Array(0)
  private bySlot: Map<string, number> | null = null

  clear(capacity = 0): void {
    this.size = 0
    this.ids = []
    this.zones = ['']
    this.bySlot = null
    this.known.fill(0)
    this.reserve(capacity)
  }

  setIds(first: number, ids: readonly string[]): void {
    for (let i = 0; i < ids.length; i++) this.ids[first + i] = ids[i]!
    this.bySlot = null
    this.reserve(first + ids.length)
    this.size = Math.max(this.size, first + ids.length)
  }

  setZones(first: number, zones: readonly string[]): void {
    for (let i = 0; i < zones.length; i++) this.zones[first + i] = zones[i]!
  }

  apply(rows: Rows): void {
    for (let i = 0; i < rows.count; i++) {
      const s = rows.slot[i]!
      if (s >= this.size) this.grow(s + 1)
      this.known[s] = 1
      this.lat[s] = rows.lat[i]!
      this.lon[s] = rows.lon[i]!
      this.x[s] = rows.x[i]!
      this.y[s] = rows.y[i]!
      this.ts[s] = rows.ts[i]!
      this.posTs[s] = rows.posTs[i]!
      this.speed[s] = rows.speed[i]!
      this.heading[s] = rows.heading[i]!
      this.battery[s] = rows.battery[i]!
      this.temp[s] = rows.temp[i]!
      this.humidity[s] = rows.humidity[i]!
      this.zone[s] = rows.zone[i]!
      this.flags[s] = rows.flags[i]!
    }
  }

  /** How many slots from 0 on have been filled, up to the first that has not. */
  knownSlots(): number {
    const hole = this.known.subarray(0, this.size).indexOf(0)
    return hole < 0 ? this.size : hole
  }

  /** The slot of a device id, or -1. */
  slotOf(id: string): number {
    this.bySlot ??= new Map(this.ids.map((name, slot) => [name, slot]))
    return this.bySlot.get(id) ?? -1
  }

  hasPosition(slot: number): boolean {
    return this.known[slot] === 1 && this.lat[slot] !== kNoPosition
  }

  state(slot: number, nowMs: number, limits: Limits): number {
    const age = nowMs - this.ts[slot]!
    if (!(age < limits.offlineMs)) return kOffline
    if (age >= limits.staleMs) return kStale
    return (this.flags[slot]! & kFlagMoving) === 0 ? kStopped : kMoving
  }

  /** Colour class 0…4 by speed, or kSilent. */
  speedClass(slot: number, nowMs: number, limits: Limits): number {
    if (!(nowMs - this.ts[slot]! < limits.staleMs)) return kSilent
    return speedClassOf(this.speed[slot]!)
  }

  private grow(size: number): void {
    this.reserve(size)
    this.size = size
  }

  private reserve(wanted: number): void {
    if (wanted <= this.known.length) return
    const capacity = Math.max(256, wanted, Math.ceil(this.known.length * 1.5))
    const keep = <T extends { set(from: T): void }>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    this.lat = keep(new Int32Array(capacity), this.lat)
    this.lon = keep(new Int32Array(capacity), this.lon)
    this.x = keep(new Float64Array(capacity), this.x)
    this.y = keep(new Float64Array(capacity), this.y)
    this.ts = keep(new Float64Array(capacity), this.ts)
    this.posTs = keep(new Float64Array(capacity), this.posTs)
    this.speed = keep(new Uint16Array(capacity), this.speed)
    this.heading = keep(new Uint16Array(capacity), this.heading)
    this.battery = keep(new Uint16Array(capacity), this.battery)
    this.temp = keep(new Int16Array(capacity), this.temp)
    this.humidity = keep(new Uint16Array(capacity), this.humidity)
    this.zone = keep(new Uint16Array(capacity), this.zone)
    this.flags = keep(new Uint8Array(capacity), this.flags)
    this.known = keep(new Uint8Array(capacity), this.known)
  }
}

/** Colour class of a speed in 0.01 km/h as on the wire. */
export function speedClassOf(speed: number): number {
  if (speed === kNoU16) return kSilent
  const kmh = speed / 100
  let c = 0
  while (c < kSpeedLimits.length && kmh >= kSpeedLimits[c]!) c++
  return c
}
