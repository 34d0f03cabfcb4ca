// SPDX-License-Identifier: Apache-2.0
// Binary frame of ft.live.1 → columns. Pure; throws FrameError on anything that is not a whole, well-formed frame.
import { mercatorX, mercatorY } from '../map/mercator'
import { type Frame, kHeaderBytes, kMagic, kNoPosition, kNoU32 } from './wire'

export class FrameError extends Error {}

const kLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

export function frameBytes(count: number): number {
  const pad = (bytes: number) => (bytes + 3) & ~3
  return kHeaderBytes + 5 * 4 * count + 6 * pad(2 * count) + pad(count)
}

export function decodeFrame(buffer: ArrayBuffer): Frame {
  if (!kLittleEndian) throw new FrameError('this machine is big-endian')
  if (buffer.byteLength < kHeaderBytes) throw new FrameError(`frame of ${buffer.byteLength} bytes has no header`)
  const header = new DataView(buffer)
  if (header.getUint16(0, true) !== kMagic) throw new FrameError('wrong magic number')
  if (header.getUint8(2) !== 1) throw new FrameError(`unknown frame version ${header.getUint8(2)}`)
  const type = header.getUint8(3)
  if (type !== 1 && type !== 2) throw new FrameError(`unknown frame type ${type}`)
  const count = header.getUint32(12, true)
  if (buffer.byteLength !== frameBytes(count)) {
    throw new FrameError(`${buffer.byteLength} bytes for ${count} rows, expected ${frameBytes(count)}`)
  }
  const baseMs = header.getFloat64(16, true)

  let at = kHeaderBytes
  const place = (width: number) => {
    const start = at
    at += (width * count + 3) & ~3
    return start
  }
  const slot = new Uint32Array(buffer, place(4), count)
  const lat = new Int32Array(buffer, place(4), count)
  const lon = new Int32Array(buffer, place(4), count)
  const age = new Uint32Array(buffer, place(4), count)
  const posAge = new Uint32Array(buffer, place(4), count)
  const speed = new Uint16Array(buffer, place(2), count)
  const heading = new Uint16Array(buffer, place(2), count)
  const battery = new Uint16Array(buffer, place(2), count)
  const temp = new Int16Array(buffer, place(2), count)
  const humidity = new Uint16Array(buffer, place(2), count)
  const zone = new Uint16Array(buffer, place(2), count)
  const flags = new Uint8Array(buffer, place(1), count)

  const x = new Float64Array(count)
  const y = new Float64Array(count)
  const ts = new Float64Array(count)
  const posTs = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const la = lat[i]!
    const lo = lon[i]!
    const known = la !== kNoPosition && lo !== kNoPosition
    x[i] = known ? mercatorX(lo / 1e7) : Number.NaN
    y[i] = known ? mercatorY(la / 1e7) : Number.NaN
    ts[i] = age[i] === kNoU32 ? Number.NaN : baseMs - age[i]!
    posTs[i] = posAge[i] === kNoU32 ? Number.NaN : baseMs - posAge[i]!
  }
  return {
    kind: type === 1 ? 'snap' : 'delta', epoch: header.getUint32(4, true), seq: header.getUint32(8, true), baseMs,
    count, slot, lat, lon, x, y, ts, posTs, speed, heading, battery, temp, humidity, zone, flags,
  }
}
