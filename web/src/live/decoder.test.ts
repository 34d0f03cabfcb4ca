// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../dev/frame.mjs'
import { decodeFrame, FrameError, frameBytes } from './decoder'
import { kFlagMoving, kNoI16, kNoPosition, kNoU16 } from './wire'

const kBase = Date.parse('2026-11-25T12:00:00Z')
const zones = ['', 'zone_a', 'zone_b']
const full = {
  slot: 7, ts: kBase - 1500, pos_ts: kBase - 2500, lat: 48.8566, lon: 2.3522, speed_kmh: 42.57, heading_deg: 359.99, battery_pct: 99.5,
  temp_c: -12.34, humidity_pct: 55, zone: 'zone_b',
}

describe('decodeFrame', () => {
  it.each([1, 2, 3, 4, 5, 8])('reads every column of a frame of %i rows, whatever the padding', (n) => {
    const vehicles = Array.from({ length: n }, (_, i) => ({ ...full, slot: i, speed_kmh: i }))
    const frame = decodeFrame(encodeFrame(2, 99, 1234, kBase, vehicles, zones))
    expect(frame).toMatchObject({ kind: 'delta', epoch: 99, seq: 1234, baseMs: kBase, count: n })
    expect([...frame.slot]).toEqual(vehicles.map((v) => v.slot))
    expect([...frame.speed]).toEqual(vehicles.map((v) => v.speed_kmh * 100))
    expect(frame.flags.length).toBe(n)
    expect(frame.lat[n - 1]).toBe(488566000)
    expect(frame.lon[n - 1]).toBe(23522000)
    expect(frame.temp[n - 1]).toBe(-1234)
    expect(frame.heading[n - 1]).toBe(35999)
    expect(frame.zone[n - 1]).toBe(2)
    expect(frame.ts[n - 1]).toBe(kBase - 1500)
    expect(frame.posTs[n - 1]).toBe(kBase - 2500)
  })

  it('keeps absent values apart from zero', () => {
    const frame = decodeFrame(encodeFrame(1, 1, 1, kBase, [{ slot: 0 }], zones))
    expect(frame.kind).toBe('snap')
    expect(frame.lat[0]).toBe(kNoPosition)
    expect([frame.speed[0], frame.heading[0], frame.battery[0], frame.humidity[0]]).toEqual([kNoU16, kNoU16, kNoU16, kNoU16])
    expect(frame.temp[0]).toBe(kNoI16)
    expect(frame.zone[0]).toBe(0)
    expect(frame.ts[0]).toBeNaN()
    expect(frame.posTs[0]).toBeNaN()
    expect(frame.x[0]).toBeNaN()
    expect(frame.flags[0]! & kFlagMoving).toBe(0)
  })

  it('takes an empty frame', () => {
    expect(decodeFrame(encodeFrame(2, 1, 5, kBase, [], zones)).count).toBe(0)
  })

  it('refuses a frame cut at any byte, and one with bytes too many', () => {
    const whole = encodeFrame(2, 1, 1, kBase, [full, full, full], zones)
    expect(whole.byteLength).toBe(frameBytes(3))
    for (let n = 0; n < whole.byteLength; n++) expect(() => decodeFrame(whole.slice(0, n))).toThrow(FrameError)
    const longer = new Uint8Array(whole.byteLength + 4)
    longer.set(new Uint8Array(whole))
    expect(() => decodeFrame(longer.buffer)).toThrow(FrameError)
  })

  it.each([['magic', 0, 0], ['version', 2, 9], ['type', 3, 3]])('refuses a wrong %s', (_, at, value) => {
    const frame = encodeFrame(2, 1, 1, kBase, [full], zones)
    new DataView(frame).setUint8(at, value)
    expect(() => decodeFrame(frame)).toThrow(FrameError)
  })
})
