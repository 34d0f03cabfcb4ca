// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'react'
import { history } from '../api/client'
import { liveClient, useLive } from './client'
import { extendTrail, type TrailPoint, trailOf } from './trail'
import { valuesOf } from './values'

export const kTrailMinutes = 30
const kLimit = 3600

export interface Trail {
  phase: 'loading' | 'ready' | 'failed'
  reason: string
  points: TrailPoint[]
  /** The time that the chart ends at: that of the vehicle's newest record. */
  endMs: number
}

/** The last half hour of a vehicle up to its newest record: read once, then continued from the live feed. */
export function useTrail(id: string | null): Trail | null {
  const live = useLive()
  const [trail, setTrail] = useState<{ id: string; phase: Trail['phase']; reason: string; points: TrailPoint[] } | null>(null)
  const slot = id === null ? -1 : liveClient.store.slotOf(id)
  const ts = slot >= 0 ? liveClient.store.ts[slot]! : Number.NaN
  const newest = useRef(ts)
  newest.current = ts
  const known = !Number.isNaN(ts)

  useEffect(() => {
    if (id === null || !known || live.moving) return
    const abort = new AbortController()
    const end = newest.current
    setTrail({ id, phase: 'loading', reason: '', points: [] })
    history(id, new Date(end - kTrailMinutes * 60_000), new Date(end + 1), kLimit, abort.signal).then(
      (records) => setTrail({ id, phase: 'ready', reason: '', points: trailOf(records) }),
      (error: unknown) => {
        if (!abort.signal.aborted) setTrail({ id, phase: 'failed', reason: error instanceof Error ? error.message : String(error), points: [] })
      },
    )
    return () => abort.abort()
  }, [id, known, live.fleet, live.day, live.atMs, live.moving])

  useEffect(() => {
    if (slot < 0) return
    const v = valuesOf(liveClient.store, slot, liveClient.nowMs(), liveClient.limits)
    if (v.posTs === null || v.lat === null || v.lon === null) return
    const next = { ts: v.posTs, lat: v.lat, lon: v.lon, speed: v.speed }
    setTrail((t) => {
      if (!t || t.id !== id || t.phase !== 'ready') return t
      const points = extendTrail(t.points, next, next.ts - kTrailMinutes * 60_000)
      return points === t.points ? t : { ...t, points }
    })
  }, [id, slot, live.version])

  if (!trail || trail.id !== id) return null
  return { ...trail, endMs: ts }
}
