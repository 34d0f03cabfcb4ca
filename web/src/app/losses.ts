// SPDX-License-Identifier: Apache-2.0
// What does not work now, in the order in which it matters: for the banner on every page and for the Health page. Pure.
import { type Cluster, clusterOf, replicationOf } from './cluster'
import type { Health } from './health-types'

export type Loss =
  | { kind: 'unreachable'; sinceMs: number; reason: string }
  | { kind: 'starting' | 'stopping' }
  | { kind: 'refusing'; reason: string }
  | { kind: 'nodes'; down: readonly string[]; nodes: number; lost: readonly string[] }
  | { kind: 'stale-reads' }
  | { kind: 'cluster'; reason: string }
  | { kind: 'replication'; reason: string; lagEntries: number | null }
  | { kind: 'notify'; undelivered: number }

/** One missed answer is not a loss: a server that is busy for a moment comes back with the next question. */
export const kMissedMs = 12_000

export interface Heard {
  health: Health | null
  /** When the newest answer came; null = none yet. */
  heardMs: number | null
  /** When asking began. */
  sinceMs: number
  failure: string | null
}

export function lossesOf(heard: Heard, nowMs: number): Loss[] {
  const { health, heardMs, failure } = heard
  const since = heardMs ?? heard.sinceMs
  if (failure !== null && nowMs - since >= kMissedMs) return [{ kind: 'unreachable', sinceMs: since, reason: failure }]
  if (health === null) return []
  const losses: Loss[] = []
  if (health.status === 'starting' || health.status === 'stopping') losses.push({ kind: health.status })
  else if (health.status === 'degraded' || (health.accounting !== undefined && !health.accepting)) losses.push({ kind: 'refusing', reason: health.refusing_because ?? '' })
  const cluster = clusterOf(health.cluster)
  if (cluster) losses.push(...clusterLosses(cluster))
  const replication = replicationOf(health.replication)
  // A copy that is merely behind catches up by itself.
  if (replication && (replication.state === 'disconnected' || replication.failure !== null)) {
    losses.push({ kind: 'replication', reason: replication.failure ?? '', lagEntries: replication.lagEntries })
  }
  if (replication?.stale === true && !losses.some((loss) => loss.kind === 'stale-reads')) losses.push({ kind: 'stale-reads' })
  if (health.notify?.status === 'degraded') losses.push({ kind: 'notify', undelivered: health.notify.undelivered })
  return losses
}

function clusterLosses(cluster: Cluster): Loss[] {
  const losses: Loss[] = []
  if (cluster.failure !== null) losses.push({ kind: 'cluster', reason: cluster.failure })
  const nodes = cluster.datacentres.flatMap((dc) => dc.nodes)
  const down = nodes.filter((node) => !node.up)
  if (down.length > 0) {
    losses.push({
      kind: 'nodes', down: down.map((node) => `${node.datacentre} ${node.address}`), nodes: nodes.length,
      lost: cluster.datacentres.filter((dc) => dc.works.local_quorum === false).map((dc) => dc.name),
    })
  }
  if (cluster.staleReads) losses.push({ kind: 'stale-reads' })
  return losses
}

/** Whether data are lost to sight or refused, rather than only slower or later. */
export function isGrave(loss: Loss): boolean {
  return loss.kind === 'unreachable' || loss.kind === 'refusing' || (loss.kind === 'nodes' && loss.lost.length > 0)
}
