// SPDX-License-Identifier: Apache-2.0
// The encoder of ft.live.1 frames for the mock server and the decoder's tests, written from api/live.md.

/** Vehicles have the members of a record; absent = null on the wire. Returns an ArrayBuffer. */
export function encodeFrame(type, epoch, seq, baseMs, vehicles, zones) {
  const n = vehicles.length
  const pad = (bytes) => (bytes + 3) & ~3
  const buffer = new ArrayBuffer(24 + 5 * 4 * n + 6 * pad(2 * n) + pad(n))
  const view = new DataView(buffer)
  view.setUint16(0, 0x5446, true)
  view.setUint8(2, 1)
  view.setUint8(3, type)
  view.setUint32(4, epoch, true)
  view.setUint32(8, seq, true)
  view.setUint32(12, n, true)
  view.setFloat64(16, baseMs, true)
  let at = 24
  const column = (width, put) => {
    vehicles.forEach((vehicle, i) => put(at + width * i, vehicle))
    at += pad(width * n)
  }
  const scaled = (value, factor, none) => (value === undefined || value === null ? none : Math.round(value * factor))
  const age = (ts) => (ts === undefined ? 4294967295 : Math.max(0, Math.min(4294967294, Math.round(baseMs - ts))))
  column(4, (o, v) => view.setUint32(o, v.slot, true))
  column(4, (o, v) => view.setInt32(o, scaled(v.lat, 1e7, -2147483648), true))
  column(4, (o, v) => view.setInt32(o, scaled(v.lon, 1e7, -2147483648), true))
  column(4, (o, v) => view.setUint32(o, age(v.ts), true))
  column(4, (o, v) => view.setUint32(o, age(v.pos_ts), true))
  column(2, (o, v) => view.setUint16(o, scaled(v.speed_kmh, 100, 65535), true))
  column(2, (o, v) => view.setUint16(o, scaled(v.heading_deg, 100, 65535), true))
  column(2, (o, v) => view.setUint16(o, scaled(v.battery_pct, 100, 65535), true))
  column(2, (o, v) => view.setInt16(o, scaled(v.temp_c, 100, -32768), true))
  column(2, (o, v) => view.setUint16(o, scaled(v.humidity_pct, 100, 65535), true))
  column(2, (o, v) => view.setUint16(o, v.zone ? Math.max(0, zones.indexOf(v.zone)) : 0, true))
  column(1, (o, v) => view.setUint8(o, (v.speed_kmh ?? 0) > 5 ? 1 : 0))
  return buffer
}
