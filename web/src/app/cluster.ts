// SPDX-License-Identifier: Apache-2.0
// What a health answer says of the Cassandra cluster and of the copy in it (api/openapi.yaml), in the page's own shape. Which consistency
// still works in each datacentre is worked out from the nodes. Pure.

export const kLevels = ['local_one', 'local_quorum', 'quorum', 'each_quorum', 'all'] as const
export type Level = (typeof kLevels)[number]

export interface ClusterNode {
  address: string
  datacentre: string
  up: boolean
}

export interface Datacentre {
  name: string
  home: boolean
  /** Of each row in this datacentre; null = not known. */
  replicas: number | null
  live: number
  nodes: readonly ClusterNode[]
  /** Whether requests that are coordinated here reach this consistency; null = not known. */
  works: Readonly<Record<Level, boolean | null>>
}

export interface Cluster {
  datacentres: readonly Datacentre[]
  /** Answers come from replicas that may lack the newest writes. */
  staleReads: boolean
  failure: string | null
}

export interface Replication {
  state: 'disconnected' | 'behind' | 'complete'
  lagEntries: number | null
  /** The home datacentre may lack what another one has. */
  stale: boolean
  rungs: readonly { name: string; open: boolean; succeeded: number | null; failed: number | null }[]
  failure: string | null
}

type Members = Record<string, unknown>

export function clusterOf(value: unknown): Cluster | null {
  const cluster = members(value)
  if (!cluster) return null
  const home = text(cluster['home_dc'])
  const bare = list(cluster['datacentres']).map(members).filter((dc) => dc !== null).map((dc) => {
    const name = text(dc['name']) ?? '?'
    const nodes = list(dc['nodes']).map(members).filter((node) => node !== null)
      .map((node) => ({ address: text(node['address']) ?? '?', datacentre: name, up: node['connected'] === true }))
    return { name, home: name === home, replicas: number(dc['replicas']), nodes, live: nodes.filter((node) => node.up).length, count: nodes.length }
  })
  const replicas = bare.every((dc) => dc.replicas !== null) ? bare.map((dc) => dc.replicas!) : null
  return {
    datacentres: bare.map((dc) => ({
      name: dc.name, home: dc.home, replicas: dc.replicas, live: dc.live, nodes: dc.nodes,
      works: Object.fromEntries(kLevels.map((level) => [level, replicas === null ? null : surely(level, dc, bare, replicas)])) as Record<Level, boolean | null>,
    })),
    staleReads: cluster['stale'] === true,
    failure: text(cluster['error']),
  }
}

export function replicationOf(value: unknown): Replication | null {
  const copy = members(value)
  if (!copy) return null
  return {
    state: copy['connected'] !== true ? 'disconnected' : copy['complete'] === true ? 'complete' : 'behind',
    lagEntries: number(copy['lag_entries']),
    stale: copy['stale'] === true,
    rungs: list(copy['rungs']).map(members).flatMap((rung) => {
      const name = rung && text(rung['rung'])
      return rung && name ? [{ name, open: rung['open'] === true, succeeded: number(rung['succeeded']), failed: number(rung['failed']) }] : []
    }),
    failure: text(copy['error']),
  }
}

interface Bare {
  live: number
  count: number
  replicas: number | null
}

/** What works whichever rows are asked for, when `down` nodes of a datacentre may hold up to as many replicas of one row. */
function surely(level: Level, here: Bare, all: readonly Bare[], replicas: readonly number[]): boolean {
  const least = (dc: Bare) => Math.max(0, (dc.replicas ?? 0) - Math.max(0, dc.count - dc.live))
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const majority = (n: number) => Math.floor(n / 2) + 1
  switch (level) {
    case 'local_one': return least(here) >= 1
    case 'local_quorum': return least(here) >= majority(here.replicas ?? 0)
    case 'quorum': return sum(all.map(least)) >= majority(sum(replicas))
    case 'each_quorum': return all.every((dc) => least(dc) >= majority(dc.replicas ?? 0))
    case 'all': return all.every((dc) => least(dc) >= (dc.replicas ?? 0))
  }
}

function members(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Members : null
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
