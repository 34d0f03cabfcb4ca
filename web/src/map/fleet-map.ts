// SPDX-License-Identifier: Apache-2.0
// The map of the page: base map, vehicles, trail, hit-testing, following. A plain class over MapLibre; it is told what to
// show and calls back what the user did. Loaded lazily, because MapLibre is two thirds of the program.
import 'maplibre-gl/dist/maplibre-gl.css'
import { type ErrorEvent, type GeoJSONSource, Map as MapLibre, Marker, ScaleControl, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { kNoPosition } from '../live/wire'
import type { TrailPoint } from '../live/trail'
import type { MapConfig } from '../api/types'
import { baseStyle, kFirstLabelLayer, kLabelLayers, kStreetSource, kTrailSource, type Theme, themedPaint, trailColour } from './base-style'
import { loadBaseMap } from './base-data'
import { nearestSlot } from './hit'
import { latitude, longitude, mercatorX, mercatorY, wrapX } from './mercator'
import { kBasePalettes, markerPalette } from './palette'
import { PointLayer, type PointSource } from './point-layer'
import { StreetTiles } from './street-tiles'
import { trailFeatures } from './trail-lines'
import { type Bounds, type MapView, fleetBounds, placesBounds } from './view'

setWorkerUrl(workerUrl)

export interface MapEvents {
  select: (slot: number) => void
  /** Slot under the pointer and where, in pixels of the map; -1 = none. */
  hover: (slot: number, x: number, y: number) => void
  moved: (view: MapView) => void
  /** With each frame of a move, for what lies over the map. */
  moving?: () => void
  /** The user dragged the map. */
  dragged: () => void
  tilesOffline: (offline: boolean) => void
  /** A click: where, and how many degrees of latitude a pixel is there. */
  pointed?: (lat: number, lon: number, degreesPerPx: number) => void
}

/** Something of the page's own that stays at a place of the map, its middle there. The page makes and keeps the element. */
export interface Pin {
  element: HTMLElement
  lat: number
  lon: number
}

export interface MapOptions {
  container: HTMLElement
  source: PointSource
  theme: Theme
  view: MapView | null
  config: MapConfig
  events: MapEvents
  /** Keeps the drawing for a reading of pixels by tests. */
  readable: boolean
  label: string
  /** Silences of the trail are shown too, as what they are. */
  gaps?: boolean
}

const kMaxZoom = 18
const kFitPadding = 56
const kFitZoom = 14
const kCloseUp = 12.5
const kFrance: MapView = { zoom: 5, lat: 46.6, lon: 2.4 }

export class FleetMap {
  private readonly map: MapLibre
  private readonly points: PointLayer
  private readonly options: MapOptions
  private street: StreetTiles | null = null
  private following = -1
  private hovered = -1
  private ready = false
  private theme: Theme
  private trail: readonly TrailPoint[] = []
  private readonly pins = new Map<HTMLElement, Marker>()

  static async create(options: MapOptions): Promise<FleetMap> {
    const data = await loadBaseMap()
    const markers = markerPalette(document.documentElement)
    const start = options.view ?? kFrance
    const map = new MapLibre({
      container: options.container,
      style: baseStyle(options.theme, data, markers),
      center: [start.lon, start.lat],
      zoom: start.zoom,
      minZoom: 1,
      maxZoom: kMaxZoom,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      canvasContextAttributes: { antialias: false, preserveDrawingBuffer: options.readable },
    })
    map.touchZoomRotate.disableRotation()
    map.keyboard.disableRotation()
    map.getCanvas().setAttribute('aria-label', options.label)
    return new FleetMap(map, options)
  }

  private constructor(map: MapLibre, options: MapOptions) {
    this.map = map
    this.options = options
    this.theme = options.theme
    this.points = new PointLayer(options.source, markerPalette(document.documentElement))
    map.addControl(new ScaleControl({ maxWidth: 90 }), 'bottom-right')
    // Also after a lost graphics context, when MapLibre restores its own layers but not ours.
    map.on('style.load', () => this.furnish())
    map.on('error', (event: ErrorEvent & { sourceId?: string }) => {
      if (event.sourceId !== kStreetSource) console.error(event.error)
    })
    map.on('moveend', () => {
      this.points.invalidate()
      const centre = map.getCenter()
      options.events.moved({ zoom: map.getZoom(), lat: centre.lat, lon: centre.lng })
    })
    map.on('move', () => options.events.moving?.())
    map.on('resize', () => {
      this.points.invalidate()
      options.events.moving?.()
    })
    map.on('zoom', () => this.points.invalidate())
    map.on('dragstart', (event) => {
      if (event.originalEvent) options.events.dragged()
    })
    map.on('mousemove', (event) => this.hover(event.point.x, event.point.y))
    map.on('mouseout', () => this.unhover())
    map.on('movestart', () => this.unhover())
    map.on('click', (event) => {
      options.events.select(this.at(event.point.x, event.point.y))
      const perPx = Math.abs(map.unproject([event.point.x, event.point.y + 1]).lat - event.lngLat.lat)
      options.events.pointed?.(event.lngLat.lat, event.lngLat.lng, perPx)
    })
  }

  private furnish(): void {
    const { map, options } = this
    if (!map.getLayer(this.points.id)) map.addLayer(this.points, kFirstLabelLayer)
    if (options.config.tile_url !== null) {
      this.street?.stop()
      this.street = new StreetTiles(map, options.config.tile_url, this.theme, 'trail-gap', (offline) => {
        // Street tiles bring names of their own.
        for (const layer of kLabelLayers) map.setLayoutProperty(layer, 'visibility', offline ? 'visible' : 'none')
        options.events.tilesOffline(offline)
      })
    }
    this.ready = true
    this.paint(this.theme)
    this.drawTrail()
  }

  destroy(): void {
    this.street?.stop()
    this.map.remove()
  }

  /** Vehicles changed or aged. */
  refresh(): void {
    this.points.invalidate()
    if (this.following >= 0) this.keepCentred()
  }

  setVisible(rows: Uint32Array | null): void {
    this.points.setVisible(rows)
  }

  setAllSilent(silent: boolean): void {
    this.points.setAllSilent(silent)
  }

  setSelected(slot: number): void {
    this.points.setSelected(slot)
  }

  setTheme(theme: Theme): void {
    if (theme === this.theme) return
    this.theme = theme
    if (this.ready) this.paint(theme)
  }

  /** Shows where a vehicle came from; an empty list takes the trail away. */
  setTrail(points: readonly TrailPoint[]): void {
    this.trail = points
    if (this.ready) this.drawTrail()
  }

  /** Shows these pins and no others; one that is there already moves. */
  setPins(pins: readonly Pin[]): void {
    const wanted = new Set(pins.map((pin) => pin.element))
    for (const [element, marker] of this.pins) {
      if (wanted.has(element)) continue
      marker.remove()
      this.pins.delete(element)
    }
    for (const { element, lat, lon } of pins) {
      const known = this.pins.get(element)
      if (known) known.setLngLat([lon, lat])
      else this.pins.set(element, new Marker({ element }).setLngLat([lon, lat]).addTo(this.map))
    }
  }

  follow(slot: number): void {
    this.following = slot
    if (slot < 0 || !this.options.source.store.hasPosition(slot)) return
    this.map.easeTo({ center: this.lngLat(slot), zoom: Math.max(this.map.getZoom(), kCloseUp), duration: 400 })
  }

  /** Moves the map only when the vehicle is not well inside the view; `always`: brings it to the middle. */
  reveal(slot: number, always = false): void {
    if (!this.options.source.store.hasPosition(slot) || (!always && this.isInside(slot))) return
    this.map.easeTo({ center: this.lngLat(slot), duration: 500 })
  }

  /** For a vehicle that moves: when it comes near the edge it is in the middle at once, without an animation that it would outrun. */
  keepInside(slot: number): void {
    if (!this.options.source.store.hasPosition(slot) || this.isInside(slot) || this.map.isMoving()) return
    this.map.jumpTo({ center: this.lngLat(slot) })
  }

  private isInside(slot: number): boolean {
    const p = this.project(slot)
    const { clientWidth: w, clientHeight: h } = this.map.getCanvas()
    const inset = Math.min(80, w / 4, h / 4)
    return p.x > inset && p.x < w - inset && p.y > inset && p.y < h - inset
  }

  jump(view: MapView): void {
    this.map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom })
  }

  fit(animate: boolean, maxZoom = kFitZoom): void {
    const bounds = fleetBounds(this.options.source.store)
    if (bounds) this.fitBounds(bounds, animate, maxZoom)
  }

  /** The whole trail in view. */
  fitTrail(animate: boolean): void {
    const bounds = placesBounds(this.trail)
    if (bounds) this.fitBounds(bounds, animate)
  }

  private fitBounds(bounds: Bounds, animate: boolean, maxZoom = kFitZoom): void {
    const { clientWidth: w, clientHeight: h } = this.map.getCanvas()
    this.map.fitBounds(bounds, { padding: Math.min(kFitPadding, w / 6, h / 6), maxZoom, animate, duration: 600 })
  }

  zoomBy(steps: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + steps, duration: 200 })
  }

  /** Where a vehicle is drawn, in CSS pixels of the canvas. */
  project(slot: number): { x: number; y: number } {
    const { store } = this.options.source
    const canvas = this.map.getCanvas()
    const centre = this.map.getCenter()
    const scale = 512 * 2 ** this.map.getZoom()
    return {
      x: canvas.clientWidth / 2 + wrapX(store.x[slot]! - mercatorX(centre.lng)) * scale,
      y: canvas.clientHeight / 2 + (store.y[slot]! - mercatorY(centre.lat)) * scale,
    }
  }

  /** For tests: names of the places that have a label now. */
  labels(): string[] {
    if (!this.ready) return []
    return this.map.queryRenderedFeatures({ layers: [...kLabelLayers] }).map((f) => String(f.properties['name']))
  }

  /** For tests: nothing is moving or loading. */
  isStill(): boolean {
    return this.ready && !this.map.isMoving() && this.map.loaded()
  }

  private paint(theme: Theme): void {
    const markers = markerPalette(document.documentElement)
    this.points.setPalette(markers)
    for (const [layer, paint] of Object.entries(themedPaint(kBasePalettes[theme]))) {
      for (const [name, value] of Object.entries(paint)) this.map.setPaintProperty(layer, name as 'fill-color', value)
    }
    this.map.setPaintProperty('trail', 'line-color', trailColour(markers))
    this.map.setPaintProperty('trail-dot', 'circle-color', trailColour(markers))
    this.street?.setTheme(theme)
  }

  private lngLat(slot: number): [number, number] {
    const { store } = this.options.source
    return [longitude(store.x[slot]!), latitude(store.y[slot]!)]
  }

  private keepCentred(): void {
    const slot = this.following
    const { store } = this.options.source
    if (store.lat[slot] === kNoPosition || this.map.isMoving()) return
    const p = this.project(slot)
    const canvas = this.map.getCanvas()
    if (Math.hypot(p.x - canvas.clientWidth / 2, p.y - canvas.clientHeight / 2) < 2) return
    this.map.easeTo({ center: this.lngLat(slot), duration: 300 })
  }

  private at(x: number, y: number): number {
    const canvas = this.map.getCanvas()
    const centre = this.map.getCenter()
    return nearestSlot(this.options.source.store, this.points.drawn(), {
      scale: 512 * 2 ** this.map.getZoom(),
      x: mercatorX(centre.lng), y: mercatorY(centre.lat),
      dx: x - canvas.clientWidth / 2, dy: y - canvas.clientHeight / 2,
    }, Math.max(8, this.points.markerPx() / 2 + 3))
  }

  private hover(x: number, y: number): void {
    const slot = this.map.isMoving() ? -1 : this.at(x, y)
    if (slot < 0) {
      this.unhover()
      return
    }
    this.hovered = slot
    this.map.getCanvas().style.cursor = 'pointer'
    const p = this.project(slot)
    this.options.events.hover(slot, p.x, p.y)
  }

  private unhover(): void {
    if (this.hovered < 0) return
    this.hovered = -1
    this.map.getCanvas().style.cursor = ''
    this.options.events.hover(-1, 0, 0)
  }

  private drawTrail(): void {
    const features = trailFeatures(this.trail, this.options.gaps ?? false)
    const source = this.map.getSource<GeoJSONSource>(kTrailSource)
    void source?.setData({ type: 'FeatureCollection', features })
  }
}
