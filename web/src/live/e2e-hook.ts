// SPDX-License-Identifier: Apache-2.0
// With `?e2e=1` in the address the browser tests can ask where a vehicle is drawn and what the page believes.
import type { FleetMap } from '../map/fleet-map'
import { liveClient } from './client'
import { type VehicleValues, valuesOf } from './values'

export const kTesting = new URLSearchParams(location.search).get('e2e') === '1'

export interface TestHook {
  /** Pixel of a vehicle in the map's canvas, CSS px. */
  project(id: string): { x: number; y: number } | null
  /** What the page holds about a vehicle. */
  values(id: string): VehicleValues | null
  counts(): { classes: number[]; states: number[]; shown: number; total: number }
  state(): string
  labels(): string[]
  still(): boolean
}

declare global {
  interface Window {
    __fleet?: TestHook
  }
}

export function exposeMap(map: FleetMap): void {
  if (!kTesting) return
  window.__fleet = {
    project: (id) => {
      const slot = liveClient.store.slotOf(id)
      return slot < 0 || !liveClient.store.hasPosition(slot) ? null : map.project(slot)
    },
    values: (id) => {
      const slot = liveClient.store.slotOf(id)
      return slot < 0 ? null : valuesOf(liveClient.store, slot, liveClient.nowMs(), liveClient.limits)
    },
    counts: () => {
      const { view } = liveClient.snapshot()
      return { classes: view.classCounts, states: view.stateCounts, shown: view.rows.length, total: view.total }
    },
    state: () => liveClient.snapshot().phase,
    labels: () => map.labels(),
    still: () => map.isStill(),
  }
}
