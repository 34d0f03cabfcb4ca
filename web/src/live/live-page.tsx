// SPDX-License-Identifier: Apache-2.0
// The Real-time page: key figures, map, table, drawer. Parts meet only in the page store (what the user chose) and in the
// LiveClient (what the server says).
import { type RefObject, useCallback, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import type { FleetMap } from '../map/fleet-map'
import { Icon } from '../shell/icons'
import { liveClient, useLive } from './client'
import { FleetOverview } from './fleet-overview'
import { KpiStrip } from './kpi-strip'
import { MapPane } from './map-pane'
import { useTrail } from './use-trail'
import { VehicleDrawer } from './vehicle-drawer'
import { VehicleTable } from './vehicle-table'

export function LivePage({ filter, map }: { filter: RefObject<HTMLInputElement | null>; map: RefObject<FleetMap | null> }) {
  const page = usePage()
  const live = useLive()
  const trail = useTrail(page.sel)

  useEffect(() => {
    if (page.fleet !== null) liveClient.show(page.fleet, page.date)
  }, [page.fleet, page.date])
  useEffect(() => {
    liveClient.query({ text: page.text, states: page.states, classes: page.classes, sort: page.sort, descending: page.descending })
  }, [page.text, page.states, page.classes, page.sort, page.descending])

  const select = useCallback((id: string | null) => setPage({ sel: id }), [])
  const keep = useCallback((made: FleetMap | null) => { map.current = made }, [map])
  return (
    <main className="live-page" data-mode={live.mode} data-phase={live.phase}>
      <Notices />
      <KpiStrip />
      <MapPane trail={trail} onMap={keep} />
      {page.sel === null ? <FleetOverview onSelect={select} /> : <VehicleDrawer id={page.sel} trail={trail} />}
      <VehicleTable filter={filter} onSelect={select} />
    </main>
  )
}

function Notices() {
  const { t } = useTranslation()
  const format = useFormat()
  const live = useLive()
  if (live.phase === 'failed') {
    return (
      <div className="notice bad" role="alert">
        {t('error.day', { reason: live.failure })} <button type="button" className="control" onClick={() => liveClient.retry()}>{t('error.retry')}</button>
      </div>
    )
  }
  if (live.link.phase === 'refused') return <div className="notice bad" role="alert">{t('error.refused', { fleet: live.fleet })}</div>
  if (live.mode === 'day' && live.day !== null) {
    return (
      <div className="notice day" role="status">
        <Icon name="calendar" /><span>{t('date.banner', { day: format.dayLong(live.day) })}</span>
        <button type="button" className="control" onClick={() => setPage({ date: null })}>{t('date.back')}</button>
      </div>
    )
  }
  return null
}
