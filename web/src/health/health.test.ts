// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { clusterOf, replicationOf } from '../app/cluster'
import type { Sample } from '../app/health-poll'
import type { AckTimes, Health } from '../app/health-types'
import { type Heard, isGrave, kMissedMs, lossesOf } from '../app/losses'
import { Formatter } from '../i18n/format'
import { curve, quantile, rateOf, ratesOf, recentAcks } from './figures'
import { bytesText, latencyText, rateText } from './units'

const kHealth: Health = {
  status: 'ok', version: '1', durability: 'sync', store: 'local', accepting: true, refusing_because: null, uptime_s: 100,
  accounting: { received: 0, stored: 0, duplicates: 0, conflicts: 0, late: 0, quarantined: 0, refused: 0, quarantined_by_reason: {} },
}
const at = (second: number, received: number, counts?: number[]): Sample => ({
  ms: second * 1000, health: { ...kHealth, uptime_s: 100 + second, accounting: { ...kHealth.accounting!, received }, ...(counts ? { ingest_ack: { bounds_s: [0.001, 0.01], counts } } : {}) },
})
const received = (h: Health) => h.accounting?.received

describe('rates', () => {
  it('are the growth over the last minute by the clock of the server', () => {
    expect(rateOf([at(0, 0), at(30, 9000), at(90, 15_000)], received)).toBe(100)
    expect(rateOf([at(0, 0)], received)).toBeNull()
    expect(rateOf([at(0, 0), at(4, 8)], () => undefined)).toBeNull()
    expect(ratesOf([at(0, 0), at(4, 8), at(8, 8)], received).map((p) => p.value)).toEqual([2, 0])
  })

  it('make a curve that is open where nothing is known', () => {
    expect(curve([{ ms: 0, value: 5 }, { ms: 5, value: 10 }, { ms: 7, value: null }, { ms: 10, value: 0 }], 0, 10, 10, 100, 12)).toBe('M0.0 6.0L50.0 1.0M100.0 11.0')
  })
})

describe('percentiles', () => {
  const times = (counts: number[]): AckTimes => ({ bounds_s: [0.001, 0.01], counts })

  it('lie straight inside their bucket, and never beyond the last bound', () => {
    expect(quantile(times([100, 0, 0]), 0.5)).toBeCloseTo(0.0005)
    expect(quantile(times([50, 50, 0]), 0.99)).toBeCloseTo(0.001 + 0.009 * 0.98)
    expect(quantile(times([0, 0, 3]), 0.5)).toBe(0.01)
    expect(quantile(times([0, 0, 0]), 0.5)).toBeNull()
  })

  it('are those of the last minute when there was any, else of all', () => {
    expect(recentAcks([at(0, 0, [10, 0, 0]), at(4, 0, [10, 5, 0])])).toEqual({ times: times([0, 5, 0]), recent: true })
    expect(recentAcks([at(0, 0, [10, 0, 0]), at(4, 0, [10, 0, 0])])).toEqual({ times: times([10, 0, 0]), recent: false })
    expect(recentAcks([at(0, 0)])).toBeNull()
  })
})

/** As `fleet cassandra health --json` has it. */
function cluster(up: boolean[], levels: boolean): object {
  const dcs = ['dc1', 'dc2']
  return {
    nodes: up.map((answers, i) => ({ node: i + 1, datacentre: dcs[i < 2 ? 0 : 1], address: `127.0.0.${i + 1}`, answers, problem: answers ? null : 'connection refused' })),
    datacentres: dcs.map((name, d) => ({
      name, replicas: 2, nodes: 2, live: up.slice(2 * d, 2 * d + 2).filter(Boolean).length,
      ...(levels ? { local_one: true, local_quorum: d === 0, quorum: true, each_quorum: false, all: false } : {}),
    })),
  }
}

describe('the cluster', () => {
  it('is taken as it is told', () => {
    const read = clusterOf(cluster([true, true, true, false], true))!
    expect(read.datacentres.map((dc) => [dc.name, dc.live, dc.nodes.length, dc.works.local_quorum])).toEqual([['dc1', 2, 2, true], ['dc2', 1, 2, false]])
    expect(read.datacentres[1]!.nodes[1]).toEqual({ name: '4', address: '127.0.0.4', datacentre: 'dc2', up: false, problem: 'connection refused' })
  })

  it.each<[string, boolean[], string[], string[]]>([
    ['nobody is down', [true, true, true, true], ['local_one', 'local_quorum', 'quorum', 'each_quorum', 'all'], ['local_one', 'local_quorum', 'quorum', 'each_quorum', 'all']],
    ['one is down', [true, true, true, false], ['local_one', 'local_quorum', 'quorum'], ['local_one', 'quorum']],
    ['a datacentre is down', [true, true, false, false], ['local_one', 'local_quorum'], []],
    ['one in each is down', [false, true, true, false], ['local_one'], ['local_one']],
  ])('is worked out from the nodes when %s', (_, up, first, second) => {
    const read = clusterOf(cluster(up, false))!
    expect(read.datacentres.map((dc) => Object.entries(dc.works).filter(([, works]) => works).map(([level]) => level))).toEqual([first, second])
  })

  it('tells nothing that it was not told', () => {
    expect(clusterOf(undefined)).toBeNull()
    expect(clusterOf({ nodes: [{ dc: 'a', host: 'x', status: 'UN' }, 5, null] })!.datacentres).toMatchObject([{ name: 'a', replicas: null, live: 1, works: { local_one: null, all: null } }])
    expect(replicationOf({ state: 'behind', lag_ms: 1500, rungs: [{ rung: 'local_quorum', open: true }, {}] })).toEqual({
      state: 'behind', lagEntries: null, lagSeconds: 1.5, rungs: [{ name: 'local_quorum', open: true, succeeded: null, failed: null }], failure: null,
    })
  })
})

describe('losses', () => {
  const heard = (health: Health | null, change: Partial<Heard> = {}): Heard => ({ health, heardMs: health ? 1000 : null, sinceMs: 0, failure: null, ...change })
  const kinds = (h: Heard, now = 1000) => lossesOf(h, now).map((loss) => loss.kind)

  it('are none when all is well, or nothing is known yet', () => {
    expect(kinds(heard(kHealth))).toEqual([])
    expect(kinds(heard(null))).toEqual([])
    expect(kinds(heard({ ...kHealth, cluster: cluster([true, true, true, true], true), replication: { status: 'ok' } }))).toEqual([])
  })

  it('a server that was missed once is none yet, one that stays away is', () => {
    const away = heard(kHealth, { failure: 'refused' })
    expect(kinds(away, 1000 + kMissedMs - 1)).toEqual([])
    expect(kinds(away, 1000 + kMissedMs)).toEqual(['unreachable'])
    expect(kinds(heard(null, { failure: 'refused' }), kMissedMs)).toEqual(['unreachable'])
  })

  it('tell of refused records, nodes, stale reads, a copy that is behind, and notifications', () => {
    const refusing = lossesOf(heard({ ...kHealth, status: 'degraded', accepting: false, refusing_because: 'the disk is full' }), 1000)
    expect(refusing).toEqual([{ kind: 'refusing', reason: 'the disk is full' }])
    expect(refusing.every(isGrave)).toBe(true)
    const node = lossesOf(heard({ ...kHealth, cluster: { ...cluster([true, true, true, false], true), stale_reads: true } }), 1000)
    expect(node).toEqual([{ kind: 'nodes', down: ['dc2 4'], nodes: 4, lost: ['dc2'] }, { kind: 'stale-reads' }])
    expect(kinds(heard({ ...kHealth, replication: { status: 'stalled' }, notify: { status: 'degraded', waiting_alerts: 0, undelivered: 2, channels: [] } }))).toEqual(['replication', 'notify'])
    expect(kinds(heard({ ...kHealth, status: 'starting', accepting: false }))).toEqual(['starting'])
  })

  it('a node that only shows refuses nothing', () => {
    const { accounting: _, ...shows } = { ...kHealth, accepting: false, refusing_because: 'this node only shows' }
    expect(kinds(heard(shows))).toEqual([])
  })
})

describe('units', () => {
  const english = new Formatter('en', ['en-GB'])
  const french = new Formatter('fr', ['fr-FR'])
  const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

  it('read well in both languages', () => {
    expect(plain(bytesText(french, 48_311_222))).toBe('48,3 Mo')
    expect(plain(bytesText(english, 999))).toBe('999 B')
    expect(bytesText(english, null)).toBe('–')
    expect(plain(latencyText(french, 0.00045))).toBe('0,5 ms')
    expect(plain(latencyText(english, 0.25))).toBe('250 ms')
    expect([rateText(english, 9980.4), rateText(english, 2.25), rateText(english, 0)]).toEqual(['9,980', '2.3', '0'])
  })
})
