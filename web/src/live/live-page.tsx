// SPDX-License-Identifier: Apache-2.0
// The Real-time page: key figures, map, table, drawer. Parts meet only in the page store (what the user chose) and in the
// LiveClient (what the server says).
import { type RefObject, useCallback, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { Fleet } from '../api/types'
import { useFormat } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import type { FleetMap } from '../map/fleet-map'
import { today } from '../shell/calendar'
import { Icon } from '../shell/icons'
import { liveClient, useLive } from './client'
import { FleetOverview } from './fleet-overview'
import { KpiStrip } from './kpi-strip'
import { TimeMachine } from './time-machine'
import { MapPane } from './map-pane'
import { useTrail } from './use-trail'
import { VehicleDrawer } from './vehicle-drawer'
import { kOffline } from './vehicle-store'
import { VehicleTable } from './vehicle-table'

interface Props {
  fleets: Fleet[]
  filter: RefObject<HTMLInputElement | null>
  map: RefObject<FleetMap | null>
}

export function LivePage({ fleets, filter, map }: Props) {
  const page = usePage()
  const live = useLive()
  const trail = useTrail(page.sel)

  useEffect(() => {
    if (page.fleet !== null) liveClient.show(page.fleet, page.date, page.date === null || page.at === null ? null : Date.parse(`${page.date}T${page.at}Z`))
  }, [page.fleet, page.date, page.at])
  useEffect(() => {
    liveClient.query({ text: page.text, states: page.states, classes: page.classes, sort: page.sort, descending: page.descending })
  }, [page.text, page.states, page.classes, page.sort, page.descending])

  const select = useCallback((id: string | null) => setPage({ sel: id }), [])
  const keep = useCallback((made: FleetMap | null) => { map.current = made }, [map])
  return (
    <main className="live-page" data-mode={live.mode} data-phase={live.phase}>
      <Notices newest={fleets.find((f) => f.fleet_id === page.fleet)?.last_ts ?? null} />
      <KpiStrip />
      <MapPane trail={trail} onMap={keep} />
      {page.sel === null ? <FleetOverview onSelect={select} /> : <VehicleDrawer id={page.sel} trail={trail} />}
      <VehicleTable filter={filter} onSelect={select} />
    </main>
  )
}

/** `newest`: time of the fleet's newest record. */
function Notices({ newest }: { newest: string | null }) {
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
      <div className="notice day machine">
        <Icon name="calendar" /><span role="status">{live.atMs === null ? t('date.banner', { day: format.dayLong(live.day) }) : t('machine.banner', { time: format.dateTime(live.atMs) })}</span>
        <TimeMachine key={live.day} day={live.day} />
        <button type="button" className="control" onClick={() => setPage({ date: null, at: null })}>{t('date.back')}</button>
      </div>
    )
  }
  const lastDay = newest?.slice(0, 10)
  const quiet = live.phase === 'ready' && live.view.total > 0 && live.view.stateCounts[kOffline] === live.view.total
  if (quiet && lastDay !== undefined && lastDay < today()) {
    return (
      <div className="notice" role="status">
        <Icon name="calendar" /><span>{t('date.quiet', { day: format.dayLong(lastDay) })}</span>
        <button type="button" className="control" onClick={() => setPage({ date: lastDay, at: null })}>{t('date.showQuiet')}</button>
      </div>
    )
  }
  return null
}
