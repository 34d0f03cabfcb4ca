// SPDX-License-Identifier: Apache-2.0
// Keys of the table of alerts: where the cursor goes, which rows are marked, what is to be done. Pure.

export interface Triage {
  cursor: number
  /** Keys of the marked rows. */
  marked: ReadonlySet<string>
}

export type TriageEffect = 'ack' | 'resolve' | 'open' | 'comment' | null

/** Keys that move the cursor are those of the grid too (arrows, Home, End), which the grid itself handles. */
export function triageKey(state: Triage, key: string, keys: readonly string[]): { state: Triage; effect: TriageEffect } | null {
  const last = keys.length - 1
  const at = Math.max(0, Math.min(last, state.cursor))
  const here = keys[at]
  switch (key) {
    case 'j': return { state: { ...state, cursor: Math.max(0, Math.min(last, at + 1)) }, effect: null }
    case 'k': return { state: { ...state, cursor: Math.max(0, at - 1) }, effect: null }
    case 'x': return here === undefined ? null : { state: { ...state, marked: flipped(state.marked, here) }, effect: null }
    case 'X': return { state: { ...state, marked: keys.every((k) => state.marked.has(k)) ? new Set() : new Set(keys) }, effect: null }
    case 'a': return here === undefined ? null : { state, effect: 'ack' }
    case 'r': return here === undefined ? null : { state, effect: 'resolve' }
    case 'o': return here === undefined ? null : { state, effect: 'open' }
    case 'c': return here === undefined ? null : { state, effect: 'comment' }
    default: return null
  }
}

export function flipped(marked: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(marked)
  if (!next.delete(key)) next.add(key)
  return next
}

/** Keys that an action is for: the marked ones that are still shown, else the one under the cursor. */
export function targets(state: Triage, keys: readonly string[]): string[] {
  const some = keys.filter((key) => state.marked.has(key))
  const here = keys[state.cursor]
  return some.length > 0 ? some : here === undefined ? [] : [here]
}

/** Keeps the cursor on its row when rows came, went or changed places. */
export function follow(before: string | undefined, cursor: number, keys: readonly string[]): number {
  const at = before === undefined ? -1 : keys.indexOf(before)
  return at >= 0 ? at : Math.max(0, Math.min(cursor, keys.length - 1))
}
