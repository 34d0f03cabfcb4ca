// SPDX-License-Identifier: Apache-2.0
// Where the compared vehicles were at the instant under the cursor; without one where they were last heard. The map is the one of the
// Real-time page; names in the colours of the lines lie over it.
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSettings } from '../app/settings'
import { rowsFromLatest } from '../live/day'
import { type TrailPoint, trailPoint } from '../live/trail'
import { kDefaultLimits, VehicleStore } from '../live/vehicle-store'
import type { FleetMap } from '../map/fleet-map'
import { Icon } from '../shell/icons'
import { useCursor } from './analytics-store'
import { kMostLines } from './query'
import type { TimeText } from './time-text'
import { indexBefore, latestOf, placeAt, type Placed } from './tracks'
import type { View } from './use-analytics'
import { useSteady, useTracks } from './use-tracks'

const kTrailMs = 900_000
const kTrailStepMs = 30_000
const kDrawMs = 100
const kMostNames = 8
const kEdgePx = 16
/** A lone vehicle is shown with the country around it. */
const kFitZoom = 10.5

interface Props {
  ids: readonly string[]
  focus: string | null
  fleet: string
  view: View
  /** The instant that is shown without a cursor: the last at which one of the vehicles was heard. */
  restMs: number
  time: TimeText
}

export function LinkedMap({ ids, focus, fleet, view, restMs, time }: Props) {
  const { t } = useTranslation()
  const theme = useSettings((s) => s.shown)
  // The charts answer each move of the pointer; the map, which costs more to draw, a few a second.
  const cursor = useSteady(useCursor((s) => s.ms), kDrawMs)
  const ms = cursor ?? restMs
  const tracks = useTracks(ids, ms, view.nowMs)
  const box = useRef<HTMLDivElement>(null)
  const store = useRef(new VehicleStore())
  const clock = useRef(ms)
  const dragged = useRef(false)
  const [map, setMap] = useState<FleetMap | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [, setMoves] = useState(0)
  clock.current = ms

  useEffect(() => {
    let made: FleetMap | null = null
    let gone = false
    const start = async () => {
      const { FleetMap: Map } = await import('../map/fleet-map')
      if (gone || !box.current) return
      // Readable, because a drawing that is not kept is not printed.
      made = await Map.create({
        container: box.current, source: { store: store.current, limits: kDefaultLimits, nowMs: () => clock.current }, theme: useSettings.getState().shown, view: null,
        config: { tile_url: null, attribution: null }, readable: true, label: t('analytics.map'),
        events: { select: () => undefined, hover: () => undefined, moved: () => setMoves((n) => n + 1), moving: () => setMoves((n) => n + 1), dragged: () => { dragged.current = true }, tilesOffline: () => undefined },
      })
      if (gone) made.destroy()
      else setMap(made)
    }
    start().catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
    return () => {
      gone = true
      made?.destroy()
    }
    // The map is made once; what changes later is told to it below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])
  useEffect(() => map?.setTheme(theme), [map, theme])

  // The trail follows in steps: it is drawn by another thread.
  const trailEndMs = Math.floor(ms / kTrailStepMs) * kTrailStepMs
  const places = useMemo(() => ids.map((id) => placeAt(tracks.value?.get(id) ?? [], ms)), [ids, tracks.value, ms])
  // Before the map is drawn in this turn: the names below ask it where the vehicles are.
  const filled = useRef<unknown>(null)
  if (filled.current !== places) {
    filled.current = places
    store.current.clear()
    store.current.setIds(0, ids)
    store.current.apply(rowsFromLatest(ids.map((id, i) => latestOf(id, fleet, places[i]!)), 0, () => 0))
  }
  useEffect(() => {
    map?.setSelected(focus === null ? -1 : ids.indexOf(focus))
    map?.refresh()
  }, [map, places, focus, ids])
  useEffect(() => {
    map?.setTrail(trailBefore(focus === null ? [] : tracks.value?.get(focus) ?? [], trailEndMs))
  }, [map, tracks.value, focus, trailEndMs])
  // All compared vehicles stay in view, until the reader moves the map; other vehicles begin again.
  const fitted = useRef('')
  const known = places.some((place) => place !== null)
  useEffect(() => {
    if (!map || !box.current || !known || tracks.busy) return
    const { clientWidth: width, clientHeight: height } = box.current
    const inside = (i: number) => {
      const at = map.project(i)
      return at.x > kEdgePx && at.y > kEdgePx && at.x < width - kEdgePx && at.y < height - kEdgePx
    }
    const same = fitted.current === ids.join()
    if (!same) dragged.current = false
    if (same && (dragged.current || places.every((place, i) => place === null || inside(i)))) return
    fitted.current = ids.join()
    map.fit(false, kFitZoom)
  }, [map, known, tracks.busy, ids, places])

  const nowhere = tracks.value !== null && !tracks.busy && !known
  return (
    <section className="card linked-map map-card" aria-label={t('analytics.map')} data-map-time={ms} data-placed={places.filter((place) => place !== null).length} data-first={places[0] ? `${places[0].lat.toFixed(5)},${places[0].lon.toFixed(5)}` : undefined}>
      <div className="map-box" ref={box} />
      {!map && <p className="map-note" role="status">{failure === null ? t('map.loading') : t('alerts.mapFailed', { reason: failure })}</p>}
      {map && ids.length === 0 && <p className="map-note" role="status">{t('analytics.mapFull', { n: kMostLines })}</p>}
      {map && (nowhere || tracks.failure !== null) && <p className="map-note" role="status">{tracks.failure === null ? t('analytics.nowhere') : t('analytics.failed', { reason: tracks.failure })}</p>}
      {map && places.map((place, i) => {
        if (place === null) return null
        const at = map.project(i)
        return (
          <span key={ids[i]} className={`map-name ch-${i % 8}${ids[i] === focus ? ' focus' : ''}`} style={{ transform: `translate(${at.x}px, ${at.y}px)` }}>
            {(ids.length <= kMostNames || ids[i] === focus) && <b>{ids[i]}</b>}
          </span>
        )
      })}
      <div className="map-tools glass" role="group" aria-label={t('analytics.map')}>
        <button type="button" aria-label={t('map.zoomIn')} onClick={() => map?.zoomBy(1)}><Icon name="plus" /></button>
        <button type="button" aria-label={t('map.zoomOut')} onClick={() => map?.zoomBy(-1)}><Icon name="minus" /></button>
        <button type="button" aria-label={t('analytics.fit')} onClick={() => { dragged.current = false; map?.fit(true, kFitZoom) }}><Icon name="fit" /></button>
      </div>
      <p className="map-time glass num">{time.instant(ms)}{cursor === null && <span>{t('analytics.lastHeard')}</span>}</p>
      <p className="map-credits glass">{t('map.sources', { sources: 'Natural Earth, GSHHG, GeoNames' })}</p>
    </section>
  )
}

function trailBefore(places: readonly Placed[], endMs: number): TrailPoint[] {
  const points: TrailPoint[] = []
  for (let i = indexBefore(places, endMs - kTrailMs) + 1; i <= indexBefore(places, endMs); i++) {
    const place = places[i]!
    points.push(trailPoint(points.at(-1), place.ms, place.lat, place.lon, place.speed))
  }
  return points
}
