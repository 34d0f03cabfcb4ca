// SPDX-License-Identifier: Apache-2.0
// What the page and its worker say to each other.
import type { Link } from './connection'
import type { Query, View } from './query'
import type { Limits } from './vehicle-store'
import type { Frame, Kpis, Rows } from './wire'

export type ToWorker =
  | { type: 'live'; url: string; fleet: string }
  /** `atMs`: null = the end of the day. `keep`: vehicles keep their slots, what is shown stays until the answer is there. */
  | { type: 'day'; fleet: string; day: string; atMs: number | null; keep: boolean }
  | { type: 'query'; query: Query }
  | { type: 'hurry' }

export interface Clock {
  /** Local clock minus the server's, ms. */
  skewMs: number
  /** The instant that ages refer to; null = now. */
  fixedMs: number | null
}

export type FromWorker =
  | { type: 'link'; link: Link }
  | { type: 'reset'; devices: number | null; clock: Clock }
  | { type: 'ids'; first: number; ids: string[] }
  | { type: 'zones'; first: number; zones: string[] }
  | { type: 'frame'; frame: Frame; clock: Clock }
  | { type: 'rows'; rows: Rows; clock: Clock }
  | { type: 'day-done' }
  | { type: 'day-failed'; reason: string }
  | { type: 'limits'; limits: Limits; version: string }
  | { type: 'kpis'; kpis: Kpis }
  | { type: 'view'; view: View }
