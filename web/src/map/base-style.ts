// SPDX-License-Identifier: Apache-2.0
// The built-in map: land, borders, departments, rivers and places from our own server; labels in our own fonts, so that
// nothing outside is asked. Street tiles, when the operator set them, lie between the land and the labels.
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import medium from '@fontsource/inter/files/inter-latin-500-normal.woff2?url'
import mediumExt from '@fontsource/inter/files/inter-latin-ext-500-normal.woff2?url'
import semibold from '@fontsource/inter/files/inter-latin-600-normal.woff2?url'
import semiboldExt from '@fontsource/inter/files/inter-latin-ext-600-normal.woff2?url'
import type { BaseMapData } from './base-data'
import { type BasePalette, kBasePalettes, type MarkerPalette } from './palette'
import { kGapClass } from './trail-lines'

export type Theme = 'dark' | 'light'

export const kStreetSource = 'street'
export const kTrailSource = 'trail'
/** Drawn over the vehicles, in this order. */
export const kLabelLayers = ['place-minor', 'place-major'] as const
export const kFirstLabelLayer = kLabelLayers[0]

const kExt = ['U+100-2BA', 'U+2C7-2D9', 'U+1E00-1EFF']
const kBasic = ['U+0-FF', 'U+131', 'U+152-153', 'U+2BB-2BC', 'U+2C6', 'U+2DA', 'U+2DC', 'U+2000-206F', 'U+20AC', 'U+2212']

/** Paint properties that depend on the theme, by layer: what a change of theme has to set again. */
export function themedPaint(p: BasePalette): Record<string, Record<string, string>> {
  return {
    water: { 'background-color': p.water },
    land: { 'fill-color': p.land },
    'land-fine': { 'fill-color': p.land },
    department: { 'line-color': p.department },
    border: { 'line-color': p.border },
    river: { 'line-color': p.river },
    'trail-gap': { 'line-color': p.minorLabel },
    'trail-dot': { 'circle-stroke-color': p.halo },
    'place-minor': { 'text-color': p.minorLabel, 'text-halo-color': p.halo },
    'place-major': { 'text-color': p.label, 'text-halo-color': p.halo },
  }
}

export function trailColour(markers: MarkerPalette): LayerPaint {
  const rgb = (i: number) => `rgb(${markers.classes[i]!.map((c) => Math.round(c * 255)).join(',')})`
  return ['match', ['get', 'class'], 0, rgb(0), 1, rgb(1), 2, rgb(2), 3, rgb(3), 4, rgb(4), rgb(5)]
}
type LayerPaint = NonNullable<Extract<LayerSpecification, { type: 'line' }>['paint']>['line-color']

export function baseStyle(theme: Theme, data: BaseMapData, markers: MarkerPalette): StyleSpecification {
  const paint = themedPaint(kBasePalettes[theme])
  const font = (strong: boolean) => [
    { url: absolute(strong ? semibold : medium), 'unicode-range': kBasic },
    { url: absolute(strong ? semiboldExt : mediumExt), 'unicode-range': kExt },
  ]
  const geojson = (value: GeoJSON.GeoJSON) => ({ type: 'geojson' as const, data: value })
  return {
    version: 8,
    'font-faces': { 'Inter Medium': font(false), 'Inter SemiBold': font(true) },
    transition: { duration: 0, delay: 0 },
    sources: {
      land: { ...geojson(data.land), tolerance: 0.3 },
      border: geojson(data.borders),
      'land-fine': geojson(data.departments),
      department: geojson(data.departmentBorders),
      river: geojson(data.rivers),
      place: geojson(data.places),
      [kTrailSource]: geojson({ type: 'FeatureCollection', features: [] }),
    },
    layers: [
      { id: 'water', type: 'background', paint: paint['water']! },
      { id: 'land', type: 'fill', source: 'land', paint: { ...paint['land']!, 'fill-antialias': true } },
      { id: 'land-fine', type: 'fill', source: 'land-fine', minzoom: 5, paint: { ...paint['land-fine']!, 'fill-antialias': false } },
      {
        id: 'river', type: 'line', source: 'river', minzoom: 4.5, layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: { ...paint['river']!, 'line-width': ['interpolate', ['linear'], ['zoom'], 5, 0.6, 9, 1.6, 13, 3] },
      },
      {
        id: 'department', type: 'line', source: 'department', minzoom: 4.5,
        paint: { ...paint['department']!, 'line-width': ['interpolate', ['linear'], ['zoom'], 5, 0.7, 10, 1.3] },
      },
      {
        id: 'border', type: 'line', source: 'border', layout: { 'line-join': 'round' },
        paint: { ...paint['border']!, 'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.5, 6, 1.1, 10, 1.6] },
      },
      {
        id: 'trail-gap', type: 'line', source: kTrailSource, filter: ['==', ['get', 'class'], kGapClass], layout: { 'line-cap': 'butt' },
        paint: { ...paint['trail-gap']!, 'line-width': 1.5, 'line-dasharray': [2, 3] },
      },
      {
        id: 'trail', type: 'line', source: kTrailSource, filter: ['!=', ['get', 'class'], kGapClass], layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: { 'line-color': trailColour(markers)!, 'line-width': 3 },
      },
      {
        id: 'trail-dot', type: 'circle', source: kTrailSource, filter: ['==', ['geometry-type'], 'Point'],
        paint: { 'circle-color': trailColour(markers)!, 'circle-radius': 3.5, 'circle-stroke-width': 1.2, ...paint['trail-dot']! },
      },
      placeLayer('place-minor', ['<', ['get', 'pop'], 80], paint['place-minor']!),
      placeLayer('place-major', ['>=', ['get', 'pop'], 80], paint['place-major']!),
    ],
  }
}

function placeLayer(id: string, part: ['<' | '>=', ['get', 'pop'], number], paint: Record<string, string>): LayerSpecification {
  const major = id === 'place-major'
  return {
    id, type: 'symbol', source: 'place',
    filter: ['all', part, ['>=', ['zoom'], ['get', 'zoom']]],
    layout: {
      'text-field': ['get', 'name'],
      'text-font': [major ? 'Inter SemiBold' : 'Inter Medium'],
      'text-size': major
        ? ['interpolate', ['linear'], ['zoom'], 3, ['case', ['>=', ['get', 'pop'], 1000], 12, 11], 11,
          ['case', ['>=', ['get', 'pop'], 1000], 17, 13]]
        : ['interpolate', ['linear'], ['zoom'], 7, 10.5, 12, 12.5],
      'text-max-width': 7,
      'text-padding': 6,
      'symbol-sort-key': ['-', 0, ['get', 'pop']],
    },
    paint: { ...paint, 'text-halo-width': 1.4, 'text-halo-blur': 0.4 },
  }
}

/** Fonts are fetched by URL from places that have another base than the page. */
function absolute(url: string): string {
  return new URL(url, location.href).href
}
