// SPDX-License-Identifier: Apache-2.0
// Loads the derived open data of public/map (provenance: NOTICES.md) and turns it into what the map draws.
import { feature, mesh } from 'topojson-client'
import type { GeometryCollection, MultiLineString, Topology } from 'topojson-specification'

export interface BaseMapData {
  land: GeoJSON.GeoJSON
  borders: GeoJSON.GeoJSON
  departments: GeoJSON.GeoJSON
  departmentBorders: GeoJSON.GeoJSON
  rivers: GeoJSON.GeoJSON
  places: GeoJSON.FeatureCollection<GeoJSON.Point, PlaceProperties>
}

export interface PlaceProperties {
  name: string
  /** Thousands of inhabitants. */
  pop: number
  /** Zoom from which the place is worth a label. */
  zoom: number
}

export type PlaceRow = [name: string, lon: number, lat: number, pop: number]

const kZooms: readonly (readonly [pop: number, zoom: number])[] = [
  [5000, 2], [1000, 3], [400, 4], [200, 5], [100, 6], [40, 7], [20, 8], [10, 9], [6, 10], [0, 11],
]

export function placeFeatures(rows: readonly PlaceRow[]): BaseMapData['places'] {
  return {
    type: 'FeatureCollection',
    features: rows.map(([name, lon, lat, pop]) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [lon, lat] },
      properties: { name, pop, zoom: kZooms.find(([least]) => pop >= least)![1] },
    })),
  }
}

export async function loadBaseMap(): Promise<BaseMapData> {
  const load = async <T>(name: string): Promise<T> => {
    const response = await fetch(`/map/${name}.json`)
    if (!response.ok) throw new Error(`/map/${name}.json: ${response.status}`)
    return await response.json() as T
  }
  const [land, departments, rivers, places] = await Promise.all([
    load<Topology<{ land: GeometryCollection; borders: MultiLineString }>>('land'),
    load<Topology<{ departments: GeometryCollection; borders: MultiLineString }>>('departments'),
    load<Topology<{ rivers: MultiLineString }>>('rivers'),
    load<PlaceRow[]>('places'),
  ])
  return {
    land: feature(land, land.objects.land),
    borders: mesh(land, land.objects.borders),
    departments: feature(departments, departments.objects.departments),
    departmentBorders: mesh(departments, departments.objects.borders),
    rivers: feature(rivers, rivers.objects.rivers),
    places: placeFeatures(places),
  }
}
