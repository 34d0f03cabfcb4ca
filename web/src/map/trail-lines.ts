// SPDX-License-Identifier: Apache-2.0
// The way of a vehicle as lines: one for each stretch of a colour class, so that a day is some hundred features and not one for
// each record. Pure.
import type { TrailPoint } from '../live/trail'

/** Class of a silence: the straight line between its ends, which nobody drove. */
export const kGapClass = 9

/** `gaps`: silences too, and a point for each fix that stands alone between two. */
export function trailFeatures(points: readonly TrailPoint[], gaps: boolean): GeoJSON.Feature[] {
  const features: GeoJSON.Feature[] = []
  let line: GeoJSON.Position[] = []
  let lineClass = -1
  const at = (p: TrailPoint): GeoJSON.Position => [p.lon, p.lat]
  const close = () => {
    if (line.length > 1) features.push({ type: 'Feature', properties: { class: lineClass }, geometry: { type: 'LineString', coordinates: line } })
    line = []
    lineClass = -1
  }
  points.forEach((p, i) => {
    const before = points[i - 1]
    if (before !== undefined && !p.gap) {
      if (p.speedClass !== lineClass) {
        close()
        line = [at(before)]
        lineClass = p.speedClass
      }
      line.push(at(p))
      return
    }
    close()
    if (!gaps) return
    if (before !== undefined) features.push({ type: 'Feature', properties: { class: kGapClass }, geometry: { type: 'LineString', coordinates: [at(before), at(p)] } })
    const after = points[i + 1]
    if (after === undefined || after.gap) features.push({ type: 'Feature', properties: { class: p.speedClass }, geometry: { type: 'Point', coordinates: at(p) } })
  })
  close()
  return features
}
