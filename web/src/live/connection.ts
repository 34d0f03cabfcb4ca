// SPDX-License-Identifier: Apache-2.0
// One live connection: hello, resume or snapshot, acknowledgements, watchdog, retries. It never gives up by itself except
// when the server does not know the fleet. Sockets, clock and timers come in from outside. Runs in the worker.
import { backoffMs } from './backoff'
import { decodeFrame, FrameError } from './decoder'
import { type Frame, kSubprotocol, type ServerMessage } from './wire'

export type LinkPhase = 'idle' | 'connecting' | 'syncing' | 'live' | 'retrying' | 'refused'

export interface Link {
  phase: LinkPhase
  /** When the server was last heard, by this machine's clock. */
  heardMs: number | null
  nextTryMs: number | null
  /** Interval between updates that the server chose for this connection; null = its normal one. */
  lagMs: number | null
}

export interface Sink {
  link(link: Link): void
  message(message: ServerMessage): void
  frame(frame: Frame): void
  /** How many vehicles are held without a hole, from slot 0 on, for a resume. */
  slots(): number
}

export interface Host {
  socket(url: string, protocol: string): WebSocket
  now(): number
  random(): number
  after(ms: number, run: () => void): () => void
}

export const kBrowser: Host = {
  socket: (url, protocol) => new WebSocket(url, protocol),
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, run) => {
    const id = setTimeout(run, ms)
    return () => clearTimeout(id)
  },
}

const kBeatMs = 1000
const kSilenceMs = 10_000
const kUnknownFleet = 4004
const kProtocolError = 4000

export class Connection {
  private socket: WebSocket | null = null
  private fleet: string | null = null
  private attempts = 0
  private resume: { fleet: string; epoch: number; seq: number } | null = null
  private epoch = 0
  private accepting = false
  private tickMs = 0
  private ackedSeq = -1
  /** Rows of the snapshot that are still to come; a resume needs a whole one. */
  private missing = 0
  private state: Link = { phase: 'idle', heardMs: null, nextTryMs: null, lagMs: null }
  private cancelRetry: (() => void) | null = null
  private cancelBeat: (() => void) | null = null

  constructor(
    private readonly url: string,
    private readonly sink: Sink,
    private readonly host: Host,
  ) {}

  follow(fleet: string): void {
    if (fleet === this.fleet && this.socket) return
    this.fleet = fleet
    this.accepting = false
    if (this.socket && (this.state.phase === 'live' || this.state.phase === 'syncing')) {
      this.resume = null
      this.update({ phase: 'syncing' })
      this.send({ type: 'sub', fleet })
      return
    }
    this.attempts = 0
    this.open()
  }

  /** Retry at once, for example when the network came back. */
  hurry(): void {
    if (this.state.phase === 'retrying') this.open()
  }

  close(): void {
    this.fleet = null
    this.resume = null
    this.drop()
    this.update({ phase: 'idle', nextTryMs: null, lagMs: null })
  }

  private open(): void {
    this.drop()
    this.update({ phase: 'connecting', nextTryMs: null })
    const socket = this.host.socket(this.url, kSubprotocol)
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    const mine = (run: () => void) => () => {
      if (this.socket === socket) run()
    }
    socket.addEventListener('open', mine(() => this.hello()))
    socket.addEventListener('close', (event) => mine(() => this.closed(event.code))())
    socket.addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => mine(() => this.receive(event.data))())
  }

  private drop(): void {
    this.cancelRetry?.()
    this.cancelBeat?.()
    this.cancelRetry = null
    this.cancelBeat = null
    const socket = this.socket
    this.socket = null
    this.accepting = false
    socket?.close()
  }

  private hello(): void {
    const known = this.resume && this.resume.fleet === this.fleet ? this.resume : null
    this.send(known ? { type: 'hello', epoch: known.epoch, seq: known.seq, slots: this.sink.slots() } : { type: 'hello' })
    this.heard()
    this.beat()
  }

  private beat(): void {
    this.cancelBeat = this.host.after(kBeatMs, () => {
      const now = this.host.now()
      const silent = now - (this.state.heardMs ?? now)
      if (silent >= kSilenceMs) {
        this.closed(0)
        return
      }
      if (this.resume && this.resume.seq !== this.ackedSeq && this.accepting) {
        this.ackedSeq = this.resume.seq
        this.send({ type: 'ack', seq: this.resume.seq })
      }
      if (silent >= kBeatMs / 2) this.send({ type: 'ping', t: now })
      this.beat()
    })
  }

  private receive(data: string | ArrayBuffer): void {
    this.heard()
    try {
      if (typeof data === 'string') this.control(JSON.parse(data) as ServerMessage)
      else if (this.accepting) this.binary(data)
    } catch (error) {
      // A stream that is not understood cannot be continued: start again with a snapshot.
      if (!(error instanceof FrameError) && !(error instanceof SyntaxError)) throw error
      this.resume = null
      this.closed(kProtocolError)
    }
  }

  private control(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.epoch = message.epoch
        this.tickMs = message.tick_ms
        if (this.resume && this.resume.epoch !== message.epoch) this.resume = null
        this.update({ phase: 'syncing', lagMs: null })
        this.send({ type: 'sub', fleet: this.fleet })
        break
      case 'snap':
      case 'resume':
        if (message.fleet !== this.fleet) return
        this.accepting = true
        this.missing = message.type === 'snap' ? message.devices : 0
        this.attempts = 0
        this.resume = { fleet: message.fleet, epoch: this.epoch, seq: message.type === 'snap' ? 0 : (this.resume?.seq ?? message.seq) }
        this.update({ phase: 'live' })
        break
      case 'lag':
        this.update({ lagMs: message.ms > this.tickMs ? message.ms : null })
        return
      case 'kpi':
      case 'ids':
      case 'zones':
        if (!this.accepting) return
        break
      case 'pong':
        return
    }
    this.sink.message(message)
  }

  private binary(data: ArrayBuffer): void {
    const frame = decodeFrame(data)
    if (frame.epoch !== this.epoch) throw new FrameError(`frame of epoch ${frame.epoch} on a connection of ${this.epoch}`)
    if (frame.kind === 'snap') this.missing -= frame.count
    if (this.resume && frame.seq > this.resume.seq) this.resume.seq = frame.seq
    this.sink.frame(frame)
  }

  private closed(code: number): void {
    this.drop()
    if (this.fleet === null) return
    if (code === kUnknownFleet) {
      this.update({ phase: 'refused', nextTryMs: null })
      return
    }
    if (code === kProtocolError || this.missing > 0) this.resume = null
    const wait = backoffMs(this.attempts++, () => this.host.random())
    this.update({ phase: 'retrying', nextTryMs: this.host.now() + wait })
    this.cancelRetry = this.host.after(wait, () => this.open())
  }

  private send(message: object): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message))
  }

  private heard(): void {
    this.update({ heardMs: this.host.now() })
  }

  private update(change: Partial<Link>): void {
    this.state = { ...this.state, ...change }
    this.sink.link(this.state)
  }
}
