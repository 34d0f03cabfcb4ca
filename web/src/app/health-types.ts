// SPDX-License-Identifier: Apache-2.0
// The answer of GET health. Parts that a server does not have are missing; unknown parts are no fault.

export interface Accounting {
  received: number
  stored: number
  duplicates: number
  conflicts: number
  late: number
  quarantined: number
  refused: number
  erased?: number
  quarantined_by_reason: Record<string, number>
}

/** How long durable answers took: numbers by upper bound since the start, the last of them above all bounds. */
export interface AckTimes {
  bounds_s: number[]
  counts: number[]
}

export interface NotifyChannel {
  channel: string
  sent: number
  failed: number
  retries: number
  last_error: string | null
}

export interface Health {
  status: 'starting' | 'ok' | 'degraded' | 'stopping'
  version: string
  durability: 'sync' | 'process'
  store: 'local' | 'cassandra'
  accepting: boolean
  refusing_because: string | null
  uptime_s: number
  accounting?: Accounting
  ingest_ack?: AckTimes
  journal?: { bytes: number; segments?: number; sequence: number; checkpoint_sequence: number; lag_entries: number; syncs: number }
  devices?: number
  fleets?: number
  table_bytes?: number
  disk_free_bytes?: number
  disk_reserve_bytes?: number
  queue_bytes?: number
  tail_rows?: number
  live?: { clients: number; messages?: number; bytes?: number }
  connections?: number
  notify?: { status: 'ok' | 'degraded'; waiting_alerts: number; undelivered: number; channels: NotifyChannel[] }
  /** Of a node with Cassandra behind it; read by app/cluster.ts. */
  cluster?: unknown
  replication?: unknown
}

/** A record that went to the quarantine. */
export interface QuarantinedRecord {
  id: number
  received: string
  source: string
  row: number
  reason: string
  detail: string
  raw: string
}
