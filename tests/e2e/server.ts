// SPDX-License-Identifier: Apache-2.0
// Starts the real binary on a free port with a data directory of its own, and talks to its HTTP API. FLEET_BIN names the
// binary (default build/fleet). FLEET_MOCK=1 takes the page's development server instead; never in CI.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const kRoot = fileURLToPath(new URL('../..', import.meta.url))
const kReadyMs = 15_000
const kStopMs = 12_000

export const kMock = process.env['FLEET_MOCK'] === '1'

/** A record of POST ingest; absent members are absent. */
export interface Record {
  device_id: string
  ts: string
  fleet_id?: string
  lat?: number
  lon?: number
  speed_kmh?: number
  heading_deg?: number
  battery_pct?: number
  temp_c?: number
  humidity_pct?: number
  zone?: string
}

export interface Latest {
  device_id: string
  lat: number | null
  lon: number | null
  speed_kmh: number | null
  battery_pct: number | null
  ts: string | null
}

export interface Kpis {
  devices: number
  active_devices: number
  avg_speed_kmh: number | null
  avg_battery_pct: number | null
  critical_alerts: number | null
}

export class TestServer {
  private process: ChildProcess | null = null
  private output = ''
  private readonly data = mkdtempSync(join(tmpdir(), 'fleet-e2e-'))

  private constructor(readonly port: number) {}

  static async start(): Promise<TestServer> {
    const server = new TestServer(await freePort())
    await server.start()
    return server
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const [command, args] = this.commandLine()
    if (!existsSync(command)) throw new Error(`${command} does not exist: build it, or set FLEET_BIN`)
    this.output = ''
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.process = child
    const keep = (chunk: Buffer) => { this.output = (this.output + chunk.toString()).slice(-8000) }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const deadline = Date.now() + kReadyMs
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${this.output}`)
      if (await this.isReady()) return
      if (Date.now() > deadline) throw new Error(`not ready after ${kReadyMs} ms:\n${this.output}`)
      await pause(50)
    }
  }

  async stop(): Promise<void> {
    const child = this.process
    this.process = null
    if (!child || child.exitCode !== null) return
    const ended = new Promise<void>((done) => { child.once('exit', () => done()) })
    child.kill('SIGTERM')
    const patience = setTimeout(() => child.kill('SIGKILL'), kStopMs)
    await ended
    clearTimeout(patience)
  }

  async dispose(): Promise<void> {
    await this.stop()
    rmSync(this.data, { recursive: true, force: true })
  }

  async ingest(records: readonly Record[]): Promise<void> {
    const response = await fetch(`${this.origin}/api/v1/ingest`, {
      method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: records.map((r) => `${JSON.stringify(r)}\n`).join(''),
    })
    const answer = await response.text()
    if (response.status !== 200) throw new Error(`ingest: ${response.status} ${answer}`)
    const { rejected } = JSON.parse(answer) as { rejected: unknown[] }
    if (rejected.length > 0) throw new Error(`ingest rejected ${JSON.stringify(rejected.slice(0, 5))}`)
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.origin}/api/v1/${path}`)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return await response.json() as T
  }

  kpis(fleet: string): Promise<Kpis> {
    return this.get(`fleets/${fleet}/kpis`)
  }

  async latest(fleet: string): Promise<Latest[]> {
    return (await this.get<{ items: Latest[] }>(`fleets/${fleet}/latest?limit=10000`)).items
  }

  private commandLine(): [string, string[]] {
    if (kMock) {
      return [process.execPath, [join(kRoot, 'web/dev/mock-server.mjs'), '--empty', '--still', '--port', String(this.port), '--state', join(this.data, 'mock.json')]]
    }
    const binary = resolve(kRoot, process.env['FLEET_BIN'] ?? 'build/fleet')
    return [binary, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`]]
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/api/v1/ready`)).ok
    } catch {
      return false // Not listening yet.
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => { probe.listen(0, '127.0.0.1', done) })
  const address = probe.address()
  await new Promise((done) => { probe.close(done) })
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => { setTimeout(done, ms) })
}
