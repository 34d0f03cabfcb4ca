// SPDX-License-Identifier: Apache-2.0
// Where it happened, with the way of the vehicle ten minutes before and after. The map is the one of the Real-time page.
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert, HistoryRecord, Latest } from '../api/types'
import { useSettings } from '../app/settings'
import { rowsFromLatest } from '../live/day'
import { trailOf } from '../live/trail'
import { kDefaultLimits, VehicleStore } from '../live/vehicle-store'
import type { FleetMap } from '../map/fleet-map'
import { Icon } from '../shell/icons'
import { reasonOf } from './alerts-store'

const kZoom = 12

export function AlertMap({ alert, lat, lon, records }: { alert: Alert; lat: number; lon: number; records: HistoryRecord[] | null }) {
  const { t } = useTranslation()
  const theme = useSettings((s) => s.shown)
  const box = useRef<HTMLDivElement>(null)
  const [map, setMap] = useState<FleetMap | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  useEffect(() => {
    let made: FleetMap | null = null
    let gone = false
    const start = async () => {
      const { FleetMap: Map } = await import('../map/fleet-map')
      if (gone || !box.current) return
      const at: Latest = {
        device_id: alert.device_id, fleet_id: alert.fleet_id, ts: alert.start, pos_ts: alert.start, lat, lon, speed_kmh: alert.type === 'OVERSPEED' ? alert.peak : null,
        heading_deg: null, battery_pct: null, temp_c: null, humidity_pct: null, zone: null, state: 'moving', age_s: 0,
      }
      const store = new VehicleStore()
      store.setIds(0, [alert.device_id])
      store.apply(rowsFromLatest([at], 0, () => 0))
      made = await Map.create({
        container: box.current, source: { store, limits: kDefaultLimits, nowMs: () => Date.parse(alert.start) }, theme: useSettings.getState().shown, view: { zoom: kZoom, lat, lon },
        config: { tile_url: null, attribution: null }, readable: false, label: t('alerts.map'),
        events: { select: () => undefined, hover: () => undefined, moved: () => undefined, dragged: () => undefined, tilesOffline: () => undefined },
      })
      if (gone) made.destroy()
      else {
        made.setSelected(0)
        setMap(made)
      }
    }
    start().catch((error: unknown) => setFailure(reasonOf(error)))
    return () => {
      gone = true
      made?.destroy()
    }
    // Made anew for each alert (`key`).
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])
  useEffect(() => map?.setTheme(theme), [map, theme])
  useEffect(() => map?.setTrail(trailOf(records ?? [])), [map, records])
  return (
    <div className="drawer-part">
      <h3>{t('alerts.map')}</h3>
      <div className="mini-map map-card">
        <div className="map-box" ref={box} />
        {!map && <p className="map-note" role="status">{failure === null ? t('map.loading') : t('alerts.mapFailed', { reason: failure })}</p>}
        <div className="map-tools glass" role="group" aria-label={t('alerts.map')}>
          <button type="button" aria-label={t('map.zoomIn')} onClick={() => map?.zoomBy(1)}><Icon name="plus" /></button>
          <button type="button" aria-label={t('map.zoomOut')} onClick={() => map?.zoomBy(-1)}><Icon name="minus" /></button>
        </div>
      </div>
    </div>
  )
}
