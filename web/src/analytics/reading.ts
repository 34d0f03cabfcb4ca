// SPDX-License-Identifier: Apache-2.0
// Readings of the server that the page keeps: asked for again when their key changes; until the new answer is there the former one is
// shown, marked as busy. Answers about the past are kept for a while, so that Back is immediate.
import { useEffect, useState } from 'react'

const kKept = 600
const kParallel = 4

export interface Reading<T> {
  value: T | null
  /** The key that `value` answers. */
  key: string | null
  busy: boolean
  failure: string | null
}

interface Kept<T> {
  value: T | null
  key: string | null
  /** The key that was answered last, well or not. */
  done: string
  failure: string | null
}

/** `read` must depend on nothing but what `key` says. An empty key asks for nothing. */
export function useReading<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Reading<T> {
  const [kept, setKept] = useState<Kept<T>>({ value: null, key: null, done: '', failure: null })
  useEffect(() => {
    if (key === '') return
    const abort = new AbortController()
    read(abort.signal).then(
      (value) => { if (!abort.signal.aborted) setKept({ value, key, done: key, failure: null }) },
      (error: unknown) => {
        if (!abort.signal.aborted) setKept((s) => ({ ...s, done: key, failure: error instanceof Error ? error.message : String(error) }))
      },
    )
    return () => abort.abort()
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key])
  // From the first moment of a new key, before any effect has run.
  if (key === '') return { value: null, key: null, busy: false, failure: null }
  const done = kept.done === key
  return { value: kept.value, key: kept.key, busy: !done, failure: done ? kept.failure : null }
}

/** Runs over all items, a few at a time, so that other requests of the page get their turn. Results in the order of the items. */
export async function each<A, B>(items: readonly A[], run: (item: A) => Promise<B>): Promise<B[]> {
  const results = Array.from<B>({ length: items.length })
  let next = 0
  const work = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await run(items[i]!)
  }
  await Promise.all(Array.from({ length: Math.min(kParallel, items.length) }, work))
  return results
}

/**
 * Like `each` for vehicles: one that fails does not hide the others. Fails only when all do, or when the reading is given up.
 */
export async function eachVehicle<B>(ids: readonly string[], signal: AbortSignal, run: (id: string) => Promise<B>): Promise<{ found: (readonly [string, B])[]; failed: Map<string, string> }> {
  const failed = new Map<string, string>()
  const answers = await each(ids, async (id): Promise<readonly [string, B] | null> => {
    signal.throwIfAborted()
    try {
      return [id, await run(id)]
    } catch (error) {
      if (signal.aborted) throw error
      failed.set(id, error instanceof Error ? error.message : String(error))
      return null
    }
  })
  const found = answers.filter((one) => one !== null)
  if (found.length === 0 && failed.size > 0) throw new Error([...failed.values()][0])
  return { found, failed }
}

/** Answers by key, the least recently used forgotten first. A failed request is not kept. */
export class Answers {
  private readonly kept = new Map<string, Promise<unknown>>()

  get<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.kept.get(key)
    if (known) {
      this.kept.delete(key)
      this.kept.set(key, known)
      return known as Promise<T>
    }
    const made = read()
    this.kept.set(key, made)
    made.catch(() => {
      if (this.kept.get(key) === made) this.kept.delete(key)
    })
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= kKept) break
      this.kept.delete(oldest)
    }
    return made
  }

  clear(): void {
    this.kept.clear()
  }
}
