// SPDX-License-Identifier: Apache-2.0
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FleetMap } from '../map/fleet-map'
import { LivePage } from '../live/live-page'
import { followHealth } from './health-poll'
import { HelpDialog } from '../shell/help-dialog'
import { LossBanner } from '../shell/loss-banner'
import { Rail } from '../shell/rail'
import { TopBar } from '../shell/top-bar'
import { setPage, usePage } from './page-store'
import { useFleets } from './use-fleets'

// Each page but the first comes when it is asked for.
const AnalyticsPage = lazy(() => import('../analytics/analytics-page').then((module) => ({ default: module.AnalyticsPage })))
const VehiclePage = lazy(() => import('../vehicle/vehicle-page').then((module) => ({ default: module.VehiclePage })))
const HealthPage = lazy(() => import('../health/health-page').then((module) => ({ default: module.HealthPage })))
const AlertsPage = lazy(() => import('../alerts/alerts-page').then((module) => ({ default: module.AlertsPage })))

export function App() {
  const { t } = useTranslation()
  const { fleets, failure, loaded } = useFleets()
  const search = useRef<HTMLInputElement>(null)
  const filter = useRef<HTMLInputElement>(null)
  const map = useRef<FleetMap>(null)
  const [help, setHelp] = useState(false)
  const fleet = usePage((s) => s.fleet)
  const page = usePage((s) => s.page)
  const vehicle = usePage((s) => s.vehicle)
  const empty = loaded && fleet === null && (page === 'live' || page === 'alerts')

  useEffect(() => {
    if (page !== 'vehicle') document.title = `${t(`title.${page}`)} · ${t('app')}`
  }, [t, page])

  useEffect(followHealth, [])

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') search.current?.focus()
      else if (event.key === 'Escape' && onLive()) escape(typing ? event.target : null)
      else if (typing || event.ctrlKey || event.metaKey || event.altKey) return
      else if (event.key === '/') search.current?.focus()
      else if (event.key === '?') setHelp(true)
      else if (!onLive()) return
      else if (event.key === 'f') filter.current?.focus()
      else if (event.key === '0') map.current?.fit(true)
      else if (event.key === '+') map.current?.zoomBy(1)
      else if (event.key === '-') map.current?.zoomBy(-1)
      else if (event.key === 't' && usePage.getState().sel !== null) usePage.setState((s) => ({ follow: !s.follow }))
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])

  return (
    <div className="app">
      <a className="skip" href="#vehicles">{t('skip')}</a>
      <Rail />
      <TopBar fleets={fleets} search={search} onHelp={() => setHelp(true)} />
      <div className="banners">
        <LossBanner />
        {failure !== null && <div className="notice bad" role="alert">{t('error.fleets', { reason: failure })}</div>}
      </div>
      {empty && <p className="empty-page">{t('error.noFleets')}</p>}
      {!empty && page === 'live' && <LivePage fleets={fleets} filter={filter} map={map} />}
      {!empty && page !== 'live' && (
        <Suspense fallback={<p className="empty-page" role="status">{t('loadingPage')}</p>}>
          {page === 'analytics' && <AnalyticsPage fleets={fleets} />}
          {page === 'alerts' && <AlertsPage />}
          {page === 'health' && <HealthPage fleets={fleets} />}
          {page === 'vehicle' && vehicle !== null && <VehiclePage id={vehicle} fleets={fleets} />}
        </Suspense>
      )}
      <HelpDialog page={page} open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

function onLive(): boolean {
  return usePage.getState().page === 'live'
}

/** Esc takes away one thing at a time: the focus of a field, the selection, the filter. */
function escape(field: HTMLElement | null): void {
  const { sel, text, states, classes } = usePage.getState()
  if (field) field.blur()
  if (sel !== null) setPage({ sel: null })
  else if (!field && (text !== '' || states.length > 0 || classes.length > 0)) setPage({ text: '', states: [], classes: [] })
}
