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

/** As GET health has it, with two nodes in each of two datacentres. */
function cluster(up: boolean[]): object {
  return {
    home_dc: 'dc1',
    datacentres: ['dc1', 'dc2'].map((name, d) => ({
      name, replicas: 2, nodes: up.slice(2 * d, 2 * d + 2).map((connected, i) => ({ address: `127.0.0.${2 * d + i + 1}:9042`, connected })),
    })),
  }
}

const copy = { connected: true, error: null, lag_entries: 0, complete: true, stale: false, rungs: [{ rung: 'local_quorum', open: true, succeeded: 7, failed: 3, opened: 1 }] }

describe('the cluster', () => {
  it.each<[string, boolean[], string[], string[]]>([
    ['nobody is down', [true, true, true, true], ['local_one', 'local_quorum', 'quorum', 'each_quorum', 'all'], ['local_one', 'local_quorum', 'quorum', 'each_quorum', 'all']],
    ['one is down', [true, true, true, false], ['local_one', 'local_quorum', 'quorum'], ['local_one', 'quorum']],
    ['a datacentre is down', [true, true, false, false], ['local_one', 'local_quorum'], []],
    ['one in each is down', [false, true, true, false], ['local_one'], ['local_one']],
  ])('is worked out from the nodes when %s', (_, up, first, second) => {
    const read = clusterOf(cluster(up))!
    expect(read.datacentres.map((dc) => Object.entries(dc.works).filter(([, works]) => works).map(([level]) => level))).toEqual([first, second])
  })

  it('tells nothing that it was not told', () => {
    expect(clusterOf(undefined)).toBeNull()
    expect(clusterOf({ error: 'nobody answers' })).toEqual({ datacentres: [], staleReads: false, failure: 'nobody answers' })
    expect(clusterOf({ datacentres: [{ name: 'a', nodes: [{ address: 'x', connected: true }, 5] }] })!.datacentres).toMatchObject([{ name: 'a', home: false, replicas: null, live: 1, works: { local_one: null, all: null } }])
  })

  it('and the copy in it', () => {
    expect(replicationOf(undefined)).toBeNull()
    expect(replicationOf(copy)).toEqual({ state: 'complete', lagEntries: 0, stale: false, rungs: [{ name: 'local_quorum', open: true, succeeded: 7, failed: 3 }], failure: null })
    expect(replicationOf({ ...copy, complete: false, lag_entries: 12 })).toMatchObject({ state: 'behind', lagEntries: 12 })
    expect(replicationOf({ ...copy, connected: false, error: 'no node answers' })).toMatchObject({ state: 'disconnected', failure: 'no node answers' })
  })
})

describe('losses', () => {
  const heard = (health: Health | null, change: Partial<Heard> = {}): Heard => ({ health, heardMs: health ? 1000 : null, sinceMs: 0, failure: null, ...change })
  const kinds = (h: Heard, now = 1000) => lossesOf(h, now).map((loss) => loss.kind)

  it('are none when all is well, or nothing is known yet', () => {
    expect(kinds(heard(kHealth))).toEqual([])
    expect(kinds(heard(null))).toEqual([])
    expect(kinds(heard({ ...kHealth, cluster: cluster([true, true, true, true]), replication: { ...copy, complete: false } }))).toEqual([])
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
    const node = lossesOf(heard({ ...kHealth, cluster: { ...cluster([true, true, true, false]), stale: true } }), 1000)
    expect(node).toEqual([{ kind: 'nodes', down: ['dc2 127.0.0.4:9042'], nodes: 4, lost: ['dc2'] }, { kind: 'stale-reads' }])
    expect(kinds(heard({ ...kHealth, replication: { ...copy, connected: false, error: 'no node answers' }, notify: { status: 'degraded', waiting_alerts: 0, undelivered: 2, channels: [] } }))).toEqual(['replication', 'notify'])
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
