// SPDX-License-Identifier: Apache-2.0
// What the reader did to alerts before the server's list says so. An entry is dropped when the request failed, which shows
// the former state again, or when a list that was asked for after the answer has arrived. Pure.
import { type Alert, type AlertState, kAlertStates } from '../api/types'

export interface Pending {
  state: AlertState
  /** When the server answered; null = not yet. */
  answeredMs: number | null
}

export type PendingById = ReadonlyMap<string, Pending>

export function begin(pending: PendingById, ids: readonly string[], state: AlertState): PendingById {
  const next = new Map(pending)
  for (const id of ids) next.set(id, { state, answeredMs: null })
  return next
}

/** `state` is the one that the server answered. */
export function confirm(pending: PendingById, id: string, state: AlertState, nowMs: number): PendingById {
  return new Map(pending).set(id, { state, answeredMs: nowMs })
}

export function rollBack(pending: PendingById, id: string): PendingById {
  const next = new Map(pending)
  next.delete(id)
  return next
}

/** A list that was asked for at `askedMs` is there. */
export function settle(pending: PendingById, askedMs: number): PendingById {
  const next = new Map([...pending].filter(([, entry]) => entry.answeredMs === null || entry.answeredMs > askedMs))
  return next.size === pending.size ? pending : next
}

export function withPending(alerts: readonly Alert[], pending: PendingById): readonly Alert[] {
  if (pending.size === 0) return alerts
  return alerts.map((alert) => {
    const entry = pending.get(alert.id)
    return entry && entry.state !== alert.state ? { ...alert, state: entry.state } : alert
  })
}

/** Alerts that an action would change: states only go forward, and what late data took back is out of reach. */
export function changeable(alerts: readonly Alert[], to: AlertState): Alert[] {
  return alerts.filter((alert) => !alert.retracted && kAlertStates.indexOf(alert.state) < kAlertStates.indexOf(to))
}
