// SPDX-License-Identifier: Apache-2.0
import { kOffline, kStale, type Limits, type VehicleStore } from './vehicle-store'
import { kNoU16 } from './wire'

export interface Extremes {
  fastest: number[]
  lowest: number[]
  silent: number[]
}

/** Slots at the ends of the scales, at most `n` each. Speeds and batteries only of vehicles that still report. */
export function extremes(store: VehicleStore, nowMs: number, limits: Limits, n: number): Extremes {
  const fastest = new Best(n)
  const lowest = new Best(n)
  const silent = new Best(n)
  for (let slot = 0; slot < store.size; slot++) {
    if (store.known[slot] === 0) continue
    const state = store.state(slot, nowMs, limits)
    if (state === kStale || state === kOffline) {
      if (!Number.isNaN(store.ts[slot]!)) silent.offer(slot, nowMs - store.ts[slot]!)
      continue
    }
    if (store.speed[slot] !== kNoU16 && store.speed[slot]! > 0) fastest.offer(slot, store.speed[slot]!)
    if (store.battery[slot] !== kNoU16) lowest.offer(slot, -store.battery[slot]!)
  }
  return { fastest: fastest.slots, lowest: lowest.slots, silent: silent.slots }
}

/** The n slots with the highest scores, best first; of equals the first offered. */
class Best {
  readonly slots: number[] = []
  private readonly scores: number[] = []

  constructor(private readonly n: number) {}

  offer(slot: number, score: number): void {
    if (this.slots.length === this.n && score <= this.scores[this.n - 1]!) return
    let at = this.slots.length
    while (at > 0 && score > this.scores[at - 1]!) at--
    this.slots.splice(at, 0, slot)
    this.scores.splice(at, 0, score)
    this.slots.length = Math.min(this.slots.length, this.n)
    this.scores.length = this.slots.length
  }
}
