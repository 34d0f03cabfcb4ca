// SPDX-License-Identifier: Apache-2.0
// The operator's street tiles over the built-in land. When no tile arrives in time the layer is taken away again, the
// built-in map stays, and another try follows each minute.
import type { ErrorEvent, Map as MapLibre, MapSourceDataEvent } from 'maplibre-gl'
import { kStreetSource, type Theme } from './base-style'

const kPatienceMs = 3500
const kProbeMs = 60_000
const kTrouble = 4

export class StreetTiles {
  private timer: ReturnType<typeof setTimeout> | null = null
  private good = false
  private failures = 0

  constructor(
    private readonly map: MapLibre,
    private readonly url: string,
    private theme: Theme,
    private readonly before: string,
    private readonly report: (offline: boolean) => void,
  ) {
    map.on('sourcedata', this.onData)
    map.on('error', this.onError)
    this.attempt()
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    if (!this.map.getLayer(kStreetSource)) return
    for (const [name, value] of Object.entries(this.paint())) this.map.setPaintProperty(kStreetSource, name as 'raster-opacity', value)
  }

  stop(): void {
    this.wait(null, 0)
    this.map.off('sourcedata', this.onData)
    this.map.off('error', this.onError)
  }

  private paint() {
    return this.theme === 'dark'
      ? { 'raster-saturation': -0.7, 'raster-brightness-max': 0.5, 'raster-contrast': 0.1, 'raster-opacity': 1 }
      : { 'raster-saturation': -0.35, 'raster-brightness-max': 1, 'raster-contrast': 0, 'raster-opacity': 1 }
  }

  private attempt(): void {
    this.good = false
    this.failures = 0
    this.remove()
    this.map.addSource(kStreetSource, { type: 'raster', tiles: [this.url], tileSize: 256, maxzoom: 19 })
    this.map.addLayer({ id: kStreetSource, type: 'raster', source: kStreetSource, paint: this.paint() }, this.before)
    this.wait(() => this.giveUp(), kPatienceMs)
  }

  private remove(): void {
    if (this.map.getLayer(kStreetSource)) this.map.removeLayer(kStreetSource)
    if (this.map.getSource(kStreetSource)) this.map.removeSource(kStreetSource)
  }

  private giveUp(): void {
    this.remove()
    this.report(true)
    this.wait(() => this.attempt(), kProbeMs)
  }

  private readonly onData = (event: MapSourceDataEvent): void => {
    if (event.sourceId !== kStreetSource || !event.tile || event.tile.state !== 'loaded') return
    this.failures = 0
    if (this.good) return
    this.good = true
    this.wait(null, 0)
    this.report(false)
  }

  private readonly onError = (event: ErrorEvent & { sourceId?: string }): void => {
    if (event.sourceId !== kStreetSource || !this.map.getSource(kStreetSource)) return
    if (++this.failures >= kTrouble) this.giveUp()
  }

  private wait(run: (() => void) | null, ms: number): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = run ? setTimeout(run, ms) : null
  }
}
