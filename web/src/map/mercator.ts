// SPDX-License-Identifier: Apache-2.0
// Web Mercator, the whole world in the unit square: x grows to the east, y to the south (EPSG:3857 scaled).

const kMaxLatitude = 85.051129

export function mercatorX(lon: number): number {
  return (lon + 180) / 360
}

export function mercatorY(lat: number): number {
  const clamped = Math.max(-kMaxLatitude, Math.min(kMaxLatitude, lat))
  const sin = Math.sin((clamped * Math.PI) / 180)
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)
}

export function longitude(x: number): number {
  return x * 360 - 180
}

export function latitude(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI
}

/** The shortest way from one x to another when the world repeats: in [-0.5, 0.5]. */
export function wrapX(dx: number): number {
  return dx - Math.round(dx)
}
