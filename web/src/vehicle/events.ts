// SPDX-License-Identifier: Apache-2.0
// What happened on the day, in the order of time: trips, stops, silences, alerts. Pure.
import type { Alert, Stop, Trip } from '../api/types'
import type { Span } from './day-track'

export type DayEvent =
  | ({ kind: 'trip'; key: string; trip: Trip; number: number } & Span)
  | ({ kind: 'stop'; key: string; stop: Stop; number: number } & Span)
  | ({ kind: 'gap'; key: string } & Span)
  | ({ kind: 'alert'; key: string; alert: Alert } & Span)

const kOrder = { stop: 0, gap: 1, trip: 2, alert: 3 } as const

export function eventsOf(trips: readonly Trip[], stops: readonly Stop[], gaps: readonly Span[], alerts: readonly Alert[]): DayEvent[] {
  const span = (one: { start: string; end: string | null }) => ({ fromMs: Date.parse(one.start), toMs: Date.parse(one.end ?? one.start) })
  const events: DayEvent[] = [
    ...trips.map((trip, i) => ({ kind: 'trip' as const, key: `trip-${trip.start}`, trip, number: i + 1, ...span(trip) })),
    ...stops.map((stop, i) => ({ kind: 'stop' as const, key: `stop-${stop.start}`, stop, number: i + 1, ...span(stop) })),
    ...gaps.map((gap) => ({ kind: 'gap' as const, key: `gap-${gap.fromMs}`, ...gap })),
    ...alerts.map((alert) => ({ kind: 'alert' as const, key: `alert-${alert.id}`, alert, ...span(alert) })),
  ]
  return events.toSorted((a, b) => a.fromMs - b.fromMs || kOrder[a.kind] - kOrder[b.kind])
}

/** Index of the last trip, stop or silence that has begun at an instant and has not ended; -1 = none. */
export function eventAt(events: readonly DayEvent[], atMs: number): number {
  return events.findLastIndex((event) => event.kind !== 'alert' && event.fromMs <= atMs && atMs <= event.toMs)
}

/** The start of the next event after an instant, or of the one before it. */
export function neighbour(events: readonly DayEvent[], atMs: number, forward: boolean): number | null {
  const starts = events.map((event) => event.fromMs)
  const found = forward ? starts.find((ms) => ms > atMs + 500) : starts.findLast((ms) => ms < atMs - 500)
  return found ?? null
}
