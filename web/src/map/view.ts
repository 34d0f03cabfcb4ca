// SPDX-License-Identifier: Apache-2.0
import type { VehicleStore } from '../live/vehicle-store'
import { latitude, longitude } from './mercator'

export interface MapView {
  zoom: number
  lat: number
  lon: number
}

/** South-west and north-east corner of all known positions, or null. A lone vehicle gets some room around it. */
export function fleetBounds(store: VehicleStore): [[number, number], [number, number]] | null {
  let x0 = Infinity
  let y0 = Infinity
  let x1 = -Infinity
  let y1 = -Infinity
  for (let slot = 0; slot < store.size; slot++) {
    if (!store.hasPosition(slot)) continue
    x0 = Math.min(x0, store.x[slot]!)
    x1 = Math.max(x1, store.x[slot]!)
    y0 = Math.min(y0, store.y[slot]!)
    y1 = Math.max(y1, store.y[slot]!)
  }
  if (x0 > x1) return null
  const room = 2e-5
  return [[longitude(x0 - room), latitude(y1 + room)], [longitude(x1 + room), latitude(y0 - room)]]
}
