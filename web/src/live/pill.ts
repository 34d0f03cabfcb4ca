// SPDX-License-Identifier: Apache-2.0
// What the connection comes to in one word, from the link's state and the time. Pure.
import type { Link } from './connection'

export type PillKind = 'connecting' | 'syncing' | 'live' | 'retrying' | 'stale' | 'refused'

export interface Pill {
  kind: PillKind
  /** Seconds since the server was last heard; null = never. */
  ageS: number | null
}

/** An open connection answers at least once a second; this much silence is no longer live. */
export const kQuietMs = 5000
/** After so long without the server the positions are called stale. */
export const kStaleLinkMs = 8000

export function pillOf(link: Link, nowMs: number): Pill {
  const silentMs = link.heardMs === null ? null : Math.max(0, nowMs - link.heardMs)
  const ageS = silentMs === null ? null : silentMs / 1000
  switch (link.phase) {
    case 'refused': return { kind: 'refused', ageS }
    case 'live': return { kind: silentMs !== null && silentMs >= kQuietMs ? 'stale' : 'live', ageS }
    case 'idle': return { kind: 'connecting', ageS: null }
    case 'syncing': return { kind: 'syncing', ageS }
    case 'connecting':
    case 'retrying':
      if (silentMs === null) return { kind: 'connecting', ageS: null }
      return { kind: silentMs >= kStaleLinkMs ? 'stale' : 'retrying', ageS }
  }
}
