// SPDX-License-Identifier: Apache-2.0
// Holds the map (a plain class, loaded lazily) and what lies over it: legend, buttons, tooltip, credits.
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mapConfig } from '../api/client'
import type { MapConfig } from '../api/types'
import { useFormat, useNow } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { useSettings } from '../app/settings'
import type { FleetMap } from '../map/fleet-map'
import { Icon, StateMark } from '../shell/icons'
import { liveClient, useLive } from './client'
import { exposeMap, kTesting } from './e2e-hook'
import { Legend } from './kpi-strip'
import { pillOf } from './pill'
import { instantBefore } from './instant'
import type { Trail } from './use-trail'
import { valuesOf } from './values'

const kAgeingMs = 2000
const kTrailMs = 15 * 60_000
/** Where the time machine begins. */
const kBackMs = 15 * 60_000

interface Hover {
  slot: number
  x: number
  y: number
}

export function MapPane({ trail, onMap }: { trail: Trail | null; onMap: (map: FleetMap | null) => void }) {
  const { t } = useTranslation()
  const live = useLive()
  const page = usePage()
  const theme = useSettings((s) => s.shown)
  const box = useRef<HTMLDivElement>(null)
  const [map, setMap] = useState<FleetMap | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [hover, setHover] = useState<Hover | null>(null)
  const [config, setConfig] = useState<MapConfig | null>(null)
  const [offline, setOffline] = useState(false)
  /** Map moves go into the address once the view has been chosen (restored, or fitted to the fleet). */
  const placed = useRef(false)
  const picked = useRef<string | null>(null)
  const now = useNow(500)

  useEffect(() => {
    let made: FleetMap | null = null
    let gone = false
    const start = async () => {
      const [{ FleetMap: Map }, settings] = await Promise.all([import('../map/fleet-map'), mapConfig().catch(() => ({ tile_url: null, attribution: null }))])
      if (gone || !box.current) return
      setConfig(settings)
      made = await Map.create({
        container: box.current, source: liveClient, theme: useSettings.getState().shown, view: usePage.getState().map, config: settings, readable: kTesting, label: t('map.label'),
        events: {
          select: (slot) => {
            const id = slot < 0 ? null : liveClient.store.ids[slot] ?? null
            picked.current = id
            setPage({ sel: id })
          },
          hover: (slot, x, y) => setHover(slot < 0 ? null : { slot, x, y }),
          moved: (view) => { if (placed.current) setPage({ map: view }, 'replace') },
          dragged: () => usePage.setState({ follow: false }),
          tilesOffline: setOffline,
        },
      })
      if (gone) {
        made.destroy()
        return
      }
      placed.current = usePage.getState().map !== null
      exposeMap(made)
      setMap(made)
      onMap(made)
    }
    start().catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
    return () => {
      gone = true
      onMap(null)
      made?.destroy()
    }
    // The map is made once; what changes later is told to it below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])

  useEffect(() => {
    if (!map) return
    const stop = liveClient.onData(() => map.refresh())
    const ageing = setInterval(() => map.refresh(), kAgeingMs)
    return () => {
      stop()
      clearInterval(ageing)
    }
  }, [map])

  const filtered = page.text !== '' || page.states.length > 0 || page.classes.length > 0
  useEffect(() => map?.setVisible(filtered ? live.view.rows : null), [map, filtered, live.view])
  const silent = live.mode === 'live' && pillOf(live.link, now).kind === 'stale'
  useEffect(() => map?.setAllSilent(silent), [map, silent])
  useEffect(() => map?.setTheme(theme), [map, theme])

  const slot = page.sel === null ? -1 : liveClient.store.slotOf(page.sel)
  const positioned = slot >= 0 && liveClient.store.hasPosition(slot)
  useEffect(() => {
    map?.setSelected(slot)
    if (!map || !positioned || !placed.current) return
    if (picked.current !== page.sel) map.reveal(slot)
    picked.current = null
  }, [map, slot, positioned, page.sel])
  useEffect(() => map?.follow(page.follow ? slot : -1), [map, page.follow, slot])
  useEffect(() => {
    const from = (trail?.endMs ?? 0) - kTrailMs
    map?.setTrail(trail?.points.filter((p) => p.ts >= from) ?? [])
  }, [map, trail?.points, trail?.endMs])

  // A view from the address (first load, Back) is taken as it is; without one the whole fleet is shown.
  useEffect(() => {
    if (map && page.restored > 1 && page.map) map.jump(page.map)
    // oxlint-disable-next-line react/exhaustive-deps
  }, [map, page.restored])
  const scene = `${live.fleet}/${live.day}`
  const [fitted, setFitted] = useState('')
  useEffect(() => {
    if (!map || live.phase !== 'ready' || fitted === scene) return
    setFitted(scene)
    if (usePage.getState().map === null) map.fit(false)
    placed.current = true
    if (positioned) map.reveal(slot)
  }, [map, live.phase, scene, fitted, positioned, slot])

  const clearHover = useCallback(() => setHover(null), [])
  const nothing = map && live.phase === 'ready' && !hasPositions(filtered ? live.view.rows : null)
  return (
    <section className="card map-card" aria-label={t('map.label')} onPointerLeave={clearHover}>
      <div className="map-box" ref={box} />
      {!map && !failure && <p className="map-note" role="status">{t('map.loading')}</p>}
      {failure && <p className="map-note bad" role="alert">{t('map.failed', { reason: failure })}</p>}
      {nothing && <p className="map-note">{t(filtered ? 'map.noneFiltered' : 'map.none')}</p>}
      {config && (config.tile_url === null || offline) && (
        <span className="map-chip glass" data-offline={offline} title={offline ? t('map.offlineHint') : undefined}><Icon name="offline" />{t(offline ? 'map.offline' : 'map.builtin')}</span>
      )}
      <div className="map-tools glass" role="group" aria-label={t('map.label')}>
        <Tool icon="plus" label={t('map.zoomIn')} onClick={() => map?.zoomBy(1)} />
        <Tool icon="minus" label={t('map.zoomOut')} onClick={() => map?.zoomBy(-1)} />
        <Tool icon="fit" label={t('map.fit')} onClick={() => { usePage.setState({ follow: false }); map?.fit(true) }} />
        {live.mode === 'live' && <Tool icon="first" label={t('machine.open')} disabled={page.fleet === null} onClick={() => setPage(instantBefore(Date.now() - kBackMs))} />}
        <Tool icon="follow" label={t(page.follow ? 'map.unfollow' : 'map.follow')} pressed={page.follow} disabled={!positioned || live.mode === 'day'} onClick={() => usePage.setState({ follow: !page.follow })} />
      </div>
      <Legend />
      <p className="map-credits glass">
        {t('map.sources', { sources: ['Natural Earth', 'GSHHG', 'GeoNames', ...(config?.attribution && !offline ? [config.attribution] : [])].join(', ') })}
      </p>
      {hover && <Tooltip hover={hover} box={box.current} />}
    </section>
  )
}

function Tool({ icon, label, pressed, disabled, onClick }: { icon: 'plus' | 'minus' | 'fit' | 'follow' | 'first'; label: string; pressed?: boolean; disabled?: boolean; onClick: () => void }) {
  return <button type="button" aria-label={label} title={label} aria-pressed={pressed} disabled={disabled} data-tool={icon} onClick={onClick}><Icon name={icon} /></button>
}

function Tooltip({ hover, box }: { hover: Hover; box: HTMLElement | null }) {
  const { t } = useTranslation()
  const format = useFormat()
  useLive()
  const now = liveClient.nowMs()
  const v = valuesOf(liveClient.store, hover.slot, now, liveClient.limits)
  const width = box?.clientWidth ?? 0
  const flip = hover.x > width - 190
  return (
    <div className="map-tip" role="tooltip" style={{ transform: `translate(${hover.x}px, ${hover.y}px) translate(${flip ? 'calc(-100% - 14px)' : '14px'}, -50%)` }}>
      <b>{v.id}</b>
      <span className={v.state}><StateMark state={v.state} />{t(`state.${v.state}`)}</span>
      <span className="num">{format.with(v.speed, 'km/h')}</span>
      <span className="num">{v.posTs === null ? t('drawer.noFix') : t('drawer.lastFix', { age: format.age((now - v.posTs) / 1000) })}</span>
    </div>
  )
}

function hasPositions(rows: Uint32Array | null): boolean {
  const { store } = liveClient
  const n = rows ? rows.length : store.size
  for (let i = 0; i < n; i++) if (store.hasPosition(rows ? rows[i]! : i)) return true
  return false
}
