// SPDX-License-Identifier: Apache-2.0
// Tracks of the compared vehicles around an instant. Hours that were read stay for a while, so that moving the cursor to and fro asks
// nothing.
import { useEffect, useMemo, useRef, useState } from 'react'
import { track } from './api'
import { Answers, eachVehicle, type Reading, useReading } from './reading'
import { type Placed, placesOf, windowOf } from './tracks'

const kRestMs = 90
const kept = new Answers()

/** `ms` may change with each move of the pointer; what is asked for follows when it rests. */
export function useTracks(ids: readonly string[], ms: number, nowMs: number): Reading<Map<string, Placed[]>> {
  const [rested, setRested] = useState(ms)
  useEffect(() => {
    const timer = setTimeout(() => setRested(ms), kRestMs)
    return () => clearTimeout(timer)
  }, [ms])
  const window = useMemo(() => windowOf(rested), [rested])
  // The running hour grows: it is read again with each minute.
  const age = window.toMs > nowMs ? nowMs : 0
  return useReading(ids.length === 0 ? '' : `${window.key}|${age}|${ids.join(',')}`, async (signal) =>
    new Map((await eachVehicle(ids, signal, (id) => kept.get(`${id}|${window.key}|${age}`, async () => placesOf(await track(id, window.fromMs, window.toMs))))).found))
}

/** A value that changes at most once in `ms`, and ends at the last one. */
export function useSteady<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value)
  const changed = useRef(-Infinity)
  useEffect(() => {
    const timer = setTimeout(() => {
      changed.current = performance.now()
      setShown(value)
    }, Math.max(0, changed.current + ms - performance.now()))
    return () => clearTimeout(timer)
  }, [value, ms])
  return shown
}
