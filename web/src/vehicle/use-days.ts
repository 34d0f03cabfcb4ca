// SPDX-License-Identifier: Apache-2.0
// Figures of many days of a vehicle for the strip. A day that is over is read once for each visit of the vehicle.
import { useEffect, useState } from 'react'
import { deviceDay } from '../api/client'
import type { DeviceDay } from '../api/types'
import { addDays, today } from '../shell/calendar'

export const kStripDays = 30
const kParallel = 4

export interface Strip {
  days: string[]
  /** Nothing before this day is kept; null = no limit. */
  edge: string | null
}

/** The days of the strip that shows `day`: the last thirty, or an earlier thirty when it lies before them. */
export function stripAround(day: string, now: string, retentionDays: number | null): Strip {
  const age = Math.max(0, Math.round((Date.parse(now) - Date.parse(day)) / 86_400_000))
  const last = addDays(now, -kStripDays * Math.floor(age / kStripDays))
  const days = Array.from({ length: kStripDays }, (_, i) => addDays(last, i - kStripDays + 1))
  return { days, edge: retentionDays === null ? null : addDays(now, -retentionDays) }
}

/** `null` for a day = not read yet; a day that could not be read is left out. */
export function useDays(id: string, days: readonly string[], todayRecords: number): ReadonlyMap<string, DeviceDay> {
  const [figures, setFigures] = useState<{ id: string; byDay: ReadonlyMap<string, DeviceDay> }>({ id, byDay: new Map() })
  const first = days[0]
  useEffect(() => {
    const abort = new AbortController()
    const queue = days.toReversed()
    const work = async () => {
      for (let day = queue.shift(); day !== undefined; day = queue.shift()) {
        const one = day
        try {
          const answer = await deviceDay(id, one, abort.signal)
          if (abort.signal.aborted) return
          setFigures((s) => ({ id, byDay: new Map(s.id === id ? s.byDay : []).set(one, answer) }))
        } catch {
          // The page says by itself when the server is not there; the strip stays without this day.
          if (abort.signal.aborted) return
        }
      }
    }
    for (let i = 0; i < kParallel; i++) void work()
    return () => abort.abort()
    // oxlint-disable-next-line react/exhaustive-deps -- the first day stands for all
  }, [id, first])
  useEffect(() => {
    const now = today()
    if (!days.includes(now) || todayRecords === 0) return
    const abort = new AbortController()
    deviceDay(id, now, abort.signal).then((answer) => setFigures((s) => ({ id, byDay: new Map(s.id === id ? s.byDay : []).set(now, answer) })), () => undefined)
    return () => abort.abort()
    // oxlint-disable-next-line react/exhaustive-deps
  }, [id, first, todayRecords])
  return figures.id === id ? figures.byDay : new Map()
}
