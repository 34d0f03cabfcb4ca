// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from 'vitest'
import { encodeFrame } from '../../dev/frame.mjs'
import { backoffMs } from './backoff'
import { Connection, type Host, type Link, type Sink } from './connection'
import { pillOf } from './pill'
import type { Frame, ServerMessage } from './wire'

/** The other end of a socket, as a script: what was sent, and a way to speak and to hang up. */
class FakeSocket extends EventTarget {
  readyState = 0
  binaryType = ''
  readonly sent: Record<string, unknown>[] = []

  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }

  close() {
    this.readyState = 3
  }

  open() {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  say(data: object | ArrayBuffer) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: data instanceof ArrayBuffer ? data : JSON.stringify(data) }))
  }

  hangUp(code: number) {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code }))
  }
}

class FakeHost implements Host {
  readonly sockets: FakeSocket[] = []
  private time = 1000
  private timers: { at: number; run: () => void }[] = []

  socket() {
    const made = new FakeSocket()
    this.sockets.push(made)
    return made as unknown as WebSocket
  }

  now() {
    return this.time
  }

  random() {
    return 1
  }

  after(ms: number, run: () => void) {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    return () => { this.timers = this.timers.filter((t) => t !== timer) }
  }

  pass(ms: number) {
    const end = this.time + ms
    for (;;) {
      const next = this.timers.toSorted((a, b) => a.at - b.at)[0]
      if (!next || next.at > end) break
      this.timers = this.timers.filter((t) => t !== next)
      this.time = next.at
      next.run()
    }
    this.time = end
  }

  last() {
    return this.sockets.at(-1)!
  }
}

class Heard implements Sink {
  links: Link[] = []
  messages: ServerMessage[] = []
  frames: Frame[] = []
  held = 0

  link(link: Link) {
    this.links.push(link)
  }

  message(message: ServerMessage) {
    this.messages.push(message)
  }

  frame(frame: Frame) {
    this.frames.push(frame)
  }

  slots() {
    return this.held
  }

  get phase() {
    return this.links.at(-1)!.phase
  }
}

const welcome = { type: 'welcome', epoch: 5, tick_ms: 200, stale_s: 300, offline_s: 1800, version: 'x' }
const frame = (seq: number, epoch = 5, type: 1 | 2 = 2) => encodeFrame(type, epoch, seq, 0, [{ slot: 0 }], [''])

describe('Connection', () => {
  let host: FakeHost
  let heard: Heard
  let connection: Connection

  beforeEach(() => {
    host = new FakeHost()
    heard = new Heard()
    connection = new Connection('ws://host/live', heard, host)
    connection.follow('idf')
  })

  function goLive(seq = 10) {
    host.last().open()
    host.last().say(welcome)
    host.last().say({ type: 'snap', fleet: 'idf', seq, devices: 1 })
    host.last().say(frame(seq, 5, 1))
  }

  it('says hello, then subscribes after the welcome, then is live with the snapshot', () => {
    host.last().open()
    expect(host.last().sent).toEqual([{ type: 'hello' }])
    host.last().say(welcome)
    expect(host.last().sent[1]).toEqual({ type: 'sub', fleet: 'idf' })
    expect(heard.phase).toBe('syncing')
    host.last().say({ type: 'snap', fleet: 'idf', seq: 3, devices: 0 })
    expect(heard.phase).toBe('live')
  })

  it('resumes with epoch, the highest sequence and the number of ids', () => {
    goLive(10)
    host.last().say(frame(12))
    host.last().say(frame(11))
    heard.held = 42
    host.last().hangUp(1006)
    expect(heard.phase).toBe('retrying')
    host.pass(250)
    host.last().open()
    expect(host.last().sent).toEqual([{ type: 'hello', epoch: 5, seq: 12, slots: 42 }])
    host.last().say(welcome)
    host.last().say({ type: 'resume', fleet: 'idf', seq: 13 })
    expect(heard.phase).toBe('live')
    expect(heard.messages.filter((m) => m.type === 'snap')).toHaveLength(1)
  })

  it('does not resume from half a snapshot', () => {
    host.last().open()
    host.last().say(welcome)
    host.last().say({ type: 'snap', fleet: 'idf', seq: 10, devices: 2 })
    host.last().say(frame(10, 5, 1))
    host.last().hangUp(1006)
    host.pass(250)
    host.last().open()
    expect(host.last().sent).toEqual([{ type: 'hello' }])
  })

  it('acknowledges what was applied once a second, and pings while nothing comes', () => {
    goLive(10)
    host.pass(1000)
    expect(host.last().sent.filter((m) => m['type'] === 'ack')).toEqual([{ type: 'ack', seq: 10 }])
    host.pass(3000)
    expect(host.last().sent.filter((m) => m['type'] === 'ack')).toHaveLength(1)
    expect(host.last().sent.filter((m) => m['type'] === 'ping').length).toBeGreaterThanOrEqual(3)
  })

  it('gives up a silent connection and tries again with growing waits', () => {
    goLive()
    host.pass(10_000)
    expect(host.sockets).toHaveLength(1)
    expect(heard.phase).toBe('retrying')
    host.pass(250)
    expect(host.sockets).toHaveLength(2)
    host.last().hangUp(1006)
    host.pass(499)
    expect(host.sockets).toHaveLength(2)
    host.pass(1)
    expect(host.sockets).toHaveLength(3)
  })

  it('starts again with a snapshot after a frame that makes no sense', () => {
    goLive()
    host.last().say(new ArrayBuffer(5))
    expect(heard.phase).toBe('retrying')
    host.pass(250)
    host.last().open()
    expect(host.last().sent).toEqual([{ type: 'hello' }])
  })

  it('does not mix epochs', () => {
    goLive()
    host.last().say(frame(11, 6))
    expect(heard.frames).toHaveLength(1)
    expect(heard.phase).toBe('retrying')
  })

  it('stops at an unknown fleet until another is chosen', () => {
    host.last().open()
    host.last().say(welcome)
    host.last().hangUp(4004)
    expect(heard.phase).toBe('refused')
    host.pass(60_000)
    expect(host.sockets).toHaveLength(1)
    connection.follow('lyon')
    expect(host.sockets).toHaveLength(2)
  })

  it('changes the fleet on the open connection and ignores late frames of the former one', () => {
    goLive()
    connection.follow('lyon')
    expect(host.last().sent.at(-1)).toEqual({ type: 'sub', fleet: 'lyon' })
    host.last().say(frame(11))
    expect(heard.frames).toHaveLength(1)
    host.last().say({ type: 'snap', fleet: 'lyon', seq: 20, devices: 1 })
    host.last().say(frame(20))
    expect(heard.frames).toHaveLength(2)
    expect(host.sockets).toHaveLength(1)
  })

  it('tells a slow connection and its recovery', () => {
    goLive()
    host.last().say({ type: 'lag', ms: 1600 })
    expect(heard.links.at(-1)!.lagMs).toBe(1600)
    host.last().say({ type: 'lag', ms: 200 })
    expect(heard.links.at(-1)!.lagMs).toBeNull()
  })

  it('stays closed when closed', () => {
    goLive()
    connection.close()
    host.pass(60_000)
    expect(host.sockets).toHaveLength(1)
    expect(heard.phase).toBe('idle')
  })
})

describe('backoffMs', () => {
  it('doubles from 0.25 s to 8 s and jitters the second half', () => {
    expect([0, 1, 2, 5, 9].map((n) => backoffMs(n, () => 1))).toEqual([250, 500, 1000, 8000, 8000])
    expect(backoffMs(9, () => 0)).toBe(4000)
  })
})

describe('pillOf', () => {
  const link = (change: Partial<Link>): Link => ({ phase: 'live', heardMs: 0, nextTryMs: null, lagMs: null, ...change })

  it('is live while the server answers, and stale when an open connection goes quiet', () => {
    expect(pillOf(link({}), 400)).toEqual({ kind: 'live', ageS: 0.4 })
    expect(pillOf(link({}), 6000)).toEqual({ kind: 'stale', ageS: 6 })
  })

  it('goes from reconnecting to stale with a growing age', () => {
    expect(pillOf(link({ phase: 'retrying' }), 3000)).toEqual({ kind: 'retrying', ageS: 3 })
    expect(pillOf(link({ phase: 'connecting' }), 42_000)).toEqual({ kind: 'stale', ageS: 42 })
  })

  it('is connecting until the server was heard once', () => {
    expect(pillOf(link({ phase: 'retrying', heardMs: null }), 3000).kind).toBe('connecting')
  })
})
