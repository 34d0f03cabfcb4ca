// SPDX-License-Identifier: Apache-2.0
// What a health answer says of the Cassandra cluster and of the copying to it, in the page's own shape. The names are those of
// `fleet cassandra health --json`; what is missing is worked out from the nodes, or left as not known. Pure.

export const kLevels = ['local_one', 'local_quorum', 'quorum', 'each_quorum', 'all'] as const
export type Level = (typeof kLevels)[number]

export interface ClusterNode {
  name: string
  address: string | null
  datacentre: string
  up: boolean
  problem: string | null
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
  state: string | null
  lagEntries: number | null
  lagSeconds: number | null
  rungs: readonly { name: string; open: boolean; succeeded: number | null; failed: number | null }[]
  failure: string | null
}

type Members = Record<string, unknown>

export function clusterOf(value: unknown): Cluster | null {
  const cluster = members(value)
  if (!cluster) return null
  const home = text(cluster['home'] ?? cluster['home_datacentre'] ?? cluster['local_datacentre'])
  const listed = list(cluster['datacentres']).map(members).filter((dc) => dc !== null)
  const nodes = [
    ...list(cluster['nodes']).map((node) => nodeOf(node, null)),
    ...listed.flatMap((dc) => list(dc['nodes']).map((node) => nodeOf(node, text(dc['name'])))),
  ].filter((node) => node !== null)
  const names = [...new Set([...listed.map((dc) => text(dc['name'])), ...nodes.map((node) => node.datacentre)])].filter((name) => name !== null)
  const reads = members(cluster['reads'])
  const bare = names.map((name) => {
    const said = listed.find((dc) => text(dc['name']) === name) ?? {}
    const own = nodes.filter((node) => node.datacentre === name)
    return {
      name, said, nodes: own, home: home === null ? said['home'] === true : name === home,
      replicas: number(said['replicas'] ?? said['replication_factor']), live: number(said['live']) ?? own.filter((node) => node.up).length,
      count: number(said['nodes']) ?? own.length,
    }
  })
  const replicas = bare.every((dc) => dc.replicas !== null) ? bare.map((dc) => dc.replicas!) : null
  return {
    datacentres: bare.map((dc) => ({
      name: dc.name, home: dc.home, replicas: dc.replicas, live: dc.live, nodes: dc.nodes,
      works: Object.fromEntries(kLevels.map((level) => {
        const told = dc.said[level]
        return [level, typeof told === 'boolean' ? told : replicas === null ? null : surely(level, dc, bare, replicas)]
      })) as Record<Level, boolean | null>,
    })),
    staleReads: cluster['stale_reads'] === true || cluster['stale'] === true || reads?.['stale'] === true,
    failure: text(cluster['problem'] ?? cluster['error']),
  }
}

export function replicationOf(value: unknown): Replication | null {
  const replication = members(value)
  if (!replication) return null
  const seconds = number(replication['lag_s'] ?? replication['lag_seconds'])
  const ms = number(replication['lag_ms'])
  return {
    state: text(replication['status'] ?? replication['state']),
    lagEntries: number(replication['lag_entries'] ?? replication['backlog_entries'] ?? replication['backlog']),
    lagSeconds: seconds ?? (ms === null ? null : ms / 1000),
    rungs: list(replication['rungs']).map(members).flatMap((rung) => {
      const name = rung && text(rung['rung'] ?? rung['name'] ?? rung['consistency'])
      return rung && name ? [{ name, open: rung['open'] === true, succeeded: number(rung['succeeded']), failed: number(rung['failed']) }] : []
    }),
    failure: text(replication['last_error'] ?? replication['problem']),
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

function nodeOf(value: unknown, datacentre: string | null): ClusterNode | null {
  const node = members(value)
  if (!node) return null
  const status = text(node['status'] ?? node['state'])
  const told = node['up'] ?? node['answers']
  const up = typeof told === 'boolean' ? told : status !== null && /^(up|un|ok)$/i.test(status)
  const address = text(node['address'] ?? node['host'])
  const named = node['name'] ?? node['node'] ?? address
  return {
    name: typeof named === 'number' ? String(named) : text(named) ?? '?', address, datacentre: text(node['datacentre'] ?? node['dc']) ?? datacentre ?? '?', up,
    problem: text(node['problem'] ?? node['error']),
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
