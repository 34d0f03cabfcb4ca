// SPDX-License-Identifier: Apache-2.0
// The track of the day on the map of the Real-time page, with the vehicle where the replay stands.
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mapConfig } from '../api/client'
import type { Latest, MapConfig } from '../api/types'
import { useFormat } from '../app/hooks'
import { useSettings } from '../app/settings'
import { rowsFromLatest } from '../live/day'
import { kTesting } from '../live/e2e-hook'
import { trailOf } from '../live/trail'
import { kDefaultLimits, VehicleStore } from '../live/vehicle-store'
import type { FleetMap } from '../map/fleet-map'
import { Icon } from '../shell/icons'
import { instantAt, timeNear } from './day-track'
import type { DayEvent } from './events'
import { ghostElement, pinsOf } from './pins'
import { seek, useReplay, type VehicleDay } from './vehicle-store'

const kReachPx = 14

interface Hook {
  /** Pixel of the vehicle in the map's canvas, CSS px. */
  project(): { x: number; y: number } | null
  /** What the page shows of the instant at which the replay stands. */
  instant(): { atMs: number; lat: number; lon: number; unknown: boolean } | null
  still(): boolean
}

declare global {
  interface Window {
    __vehicle?: Hook
  }
}

export function DayMap({ id, day, events, map: kept }: { id: string; day: VehicleDay; events: readonly DayEvent[]; map: RefObject<FleetMap | null> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const theme = useSettings((s) => s.shown)
  const box = useRef<HTMLDivElement>(null)
  const [map, setMap] = useState<FleetMap | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [config, setConfig] = useState<MapConfig | null>(null)
  const [offline, setOffline] = useState(false)
  const shown = useRef(day)
  shown.current = day
  const store = useMemo(() => new VehicleStore(), [])
  const ghost = useMemo(ghostElement, [])

  useEffect(() => {
    let made: FleetMap | null = null
    let gone = false
    const start = async () => {
      const [{ FleetMap: Map }, settings] = await Promise.all([import('../map/fleet-map'), mapConfig().catch(() => ({ tile_url: null, attribution: null }))])
      if (gone || !box.current) return
      setConfig(settings)
      made = await Map.create({
        container: box.current, theme: useSettings.getState().shown, view: null, config: settings, readable: kTesting, label: t('vehicle.mapOf', { id }), gaps: true,
        // Whether the place is known is said by `setAllSilent`; no age makes it unknown.
        source: { store, limits: { ...kDefaultLimits, staleMs: Infinity, offlineMs: Infinity }, nowMs: () => useReplay.getState().atMs ?? 0 },
        events: {
          select: () => undefined, hover: () => undefined, moved: () => undefined, dragged: () => undefined, tilesOffline: setOffline,
          pointed: (lat, lon, degreesPerPx) => {
            const found = timeNear(shown.current.track, lat, lon, kReachPx * degreesPerPx, useReplay.getState().atMs ?? 0)
            if (found !== null) seek(found)
          },
        },
      })
      if (gone) {
        made.destroy()
        return
      }
      kept.current = made
      setMap(made)
    }
    start().catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
    return () => {
      gone = true
      kept.current = null
      made?.destroy()
    }
    // The map is made once; what changes later is told to it below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])

  useEffect(() => map?.setTheme(theme), [map, theme])
  // A day that grows keeps the view that the reader has chosen.
  useEffect(() => map?.setTrail(trailOf(day.records)), [map, day.records])
  const placed = day.track.fixes.length > 0
  useEffect(() => {
    if (placed) map?.fitTrail(false)
  }, [map, id, day.day, placed])

  const pins = useMemo(() => pinsOf(events, {
    stop: (number, from, to) => ({
      short: format.age((to - from) / 1000),
      long: t('vehicle.stopPin', { n: format.int(number), duration: format.age((to - from) / 1000), from: format.clockMinute(from), to: format.clockMinute(to) }),
    }),
    alert: (event) => `${t(`alerts.types.${event.alert.type}`)}, ${t(`alerts.severity.${event.alert.severity}`)}, ${format.clock(event.fromMs)}`,
  }, seek), [events, format, t])

  useEffect(() => {
    if (!map) return
    let ghostMs: number | null = null
    let atMs: number | null = null
    const draw = () => {
      const state = useReplay.getState()
      if (state.atMs !== atMs) {
        atMs = state.atMs
        const at = atMs === null ? null : instantAt(day.track, atMs)
        if (at === null || atMs === null) store.clear()
        else {
          store.setIds(0, [id])
          store.apply(rowsFromLatest([latestOf(id, at, atMs)], 0, () => 0))
          map.setAllSilent(at.unknown)
          map.setSelected(0)
        }
        map.refresh()
        if (state.playing && at !== null) map.keepInside(0)
      }
      if (state.ghostMs !== ghostMs) {
        ghostMs = state.ghostMs
        const at = ghostMs === null ? null : instantAt(day.track, ghostMs)
        map.setPins(at === null ? pins : [...pins, { element: ghost, lat: at.lat, lon: at.lon }])
      }
    }
    map.setPins(pins)
    draw()
    return useReplay.subscribe(draw)
  }, [map, day.track, pins, id, store, ghost])

  useEffect(() => {
    if (!kTesting || !map) return
    window.__vehicle = {
      project: () => (store.hasPosition(0) ? map.project(0) : null),
      instant: () => {
        const { atMs } = useReplay.getState()
        const at = atMs === null ? null : instantAt(shown.current.track, atMs)
        return at === null || atMs === null ? null : { atMs, lat: at.lat, lon: at.lon, unknown: at.unknown }
      },
      still: () => map.isStill(),
    }
    return () => { delete window.__vehicle }
  }, [map, store])

  return (
    <section className="card map-card" aria-label={t('vehicle.map')}>
      <div className="map-box" ref={box} />
      {!map && !failure && <p className="map-note" role="status">{t('map.loading')}</p>}
      {failure && <p className="map-note bad" role="alert">{t('map.failed', { reason: failure })}</p>}
      {map && !placed && <p className="map-note">{t(day.track.count === 0 ? 'vehicle.noRecords' : 'vehicle.noPositions')}</p>}
      {config && (config.tile_url === null || offline) && (
        <span className="map-chip glass" data-offline={offline} title={offline ? t('map.offlineHint') : undefined}><Icon name="offline" />{t(offline ? 'map.offline' : 'map.builtin')}</span>
      )}
      <div className="map-tools glass" role="group" aria-label={t('vehicle.map')}>
        <button type="button" aria-label={t('map.zoomIn')} title={t('map.zoomIn')} onClick={() => map?.zoomBy(1)}><Icon name="plus" /></button>
        <button type="button" aria-label={t('map.zoomOut')} title={t('map.zoomOut')} onClick={() => map?.zoomBy(-1)}><Icon name="minus" /></button>
        <button type="button" aria-label={t('vehicle.fit')} title={t('vehicle.fit')} onClick={() => map?.fitTrail(true)}><Icon name="fit" /></button>
        <button type="button" aria-label={t('vehicle.centre')} title={t('vehicle.centre')} onClick={() => map?.reveal(0, true)}><Icon name="follow" /></button>
      </div>
      <Legend />
      <p className="map-credits glass">{t('map.sources', { sources: ['Natural Earth', 'GSHHG', 'GeoNames', ...(config?.attribution && !offline ? [config.attribution] : [])].join(', ') })}</p>
    </section>
  )
}

/** The colours of the track. */
function Legend() {
  const { t } = useTranslation()
  return (
    <div className="legend glass track-legend" role="group" aria-label={t('class.title')}>
      <span className="caps" aria-hidden="true">{t('class.title')}</span>
      <div className="legend-row">
        {[0, 1, 2, 3, 4].map((c) => <span key={c} className="legend-item"><i className={`swatch speed-${c}`} aria-hidden="true" /><b>{t(`class.c${c}`)}</b></span>)}
        <span className="legend-item"><i className="swatch gap" aria-hidden="true" /><b>{t('vehicle.gap')}</b></span>
      </div>
    </div>
  )
}

function latestOf(id: string, at: NonNullable<ReturnType<typeof instantAt>>, atMs: number): Latest {
  const ts = new Date(atMs).toISOString()
  return {
    device_id: id, fleet_id: '', ts, pos_ts: ts, lat: at.lat, lon: at.lon, speed_kmh: at.speed, heading_deg: at.heading, battery_pct: null, temp_c: null, humidity_pct: null,
    zone: null, state: 'moving', age_s: 0,
  }
}
