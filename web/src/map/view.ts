// SPDX-License-Identifier: Apache-2.0
import type { VehicleStore } from '../live/vehicle-store'
import { latitude, longitude, mercatorX, mercatorY } from './mercator'

export interface MapView {
  zoom: number
  lat: number
  lon: number
}

/** South-west and north-east corner. */
export type Bounds = [[number, number], [number, number]]

/** Corners of all known positions, or null. A lone vehicle gets some room around it. */
export function fleetBounds(store: VehicleStore): Bounds | null {
  const box = new Box()
  for (let slot = 0; slot < store.size; slot++) {
    if (store.hasPosition(slot)) box.add(store.x[slot]!, store.y[slot]!)
  }
  return box.bounds()
}

export function placesBounds(places: readonly { lat: number; lon: number }[]): Bounds | null {
  const box = new Box()
  for (const { lat, lon } of places) box.add(mercatorX(lon), mercatorY(lat))
  return box.bounds()
}

class Box {
  private x0 = Infinity
  private y0 = Infinity
  private x1 = -Infinity
  private y1 = -Infinity

  add(x: number, y: number): void {
    this.x0 = Math.min(this.x0, x)
    this.x1 = Math.max(this.x1, x)
    this.y0 = Math.min(this.y0, y)
    this.y1 = Math.max(this.y1, y)
  }

  bounds(): Bounds | null {
    if (this.x0 > this.x1) return null
    const room = 2e-5
    return [[longitude(this.x0 - room), latitude(this.y1 + room)], [longitude(this.x1 + room), latitude(this.y0 - room)]]
  }
}
