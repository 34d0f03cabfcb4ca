// SPDX-License-Identifier: Apache-2.0
import type { VehicleStore } from '../live/vehicle-store'
import { wrapX } from './mercator'

/** A point of the screen: the view's centre (mercator), its scale in px per unit, and the distance from the centre in px. */
export interface Pointer {
  scale: number
  x: number
  y: number
  dx: number
  dy: number
}

/** The vehicle nearest to a point of the screen within `reach` px, or -1. A scan: 1 M positions take about 2 ms. */
export function nearestSlot(store: VehicleStore, slots: Uint32Array | null, at: Pointer, reach: number): number {
  const px = at.x + at.dx / at.scale
  const py = at.y + at.dy / at.scale
  let best = (reach / at.scale) ** 2
  let found = -1
  const n = slots ? slots.length : store.size
  for (let i = 0; i < n; i++) {
    const slot = slots ? slots[i]! : i
    const dx = wrapX(store.x[slot]! - px)
    const dy = store.y[slot]! - py
    const d = dx * dx + dy * dy
    // Unknown positions are NaN or on slots that no frame has filled yet.
    if (d <= best && store.known[slot] === 1) {
      best = d
      found = slot
    }
  }
  return found
}
