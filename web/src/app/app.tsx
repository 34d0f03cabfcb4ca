// SPDX-License-Identifier: Apache-2.0
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FleetMap } from '../map/fleet-map'
import { LivePage } from '../live/live-page'
import { HelpDialog } from '../shell/help-dialog'
import { Rail } from '../shell/rail'
import { TopBar } from '../shell/top-bar'
import { setPage, usePage } from './page-store'
import { useFleets } from './use-fleets'

// Each page but the first comes when it is asked for.
const AnalyticsPage = lazy(() => import('../analytics/analytics-page').then((module) => ({ default: module.AnalyticsPage })))
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

  useEffect(() => {
    document.title = `${t(`title.${page}`)} · ${t('app')}`
  }, [t, page])

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
      {failure !== null && <div className="notice bad" role="alert">{t('error.fleets', { reason: failure })}</div>}
      {loaded && fleet === null && <p className="empty-page">{t('error.noFleets')}</p>}
      {!(loaded && fleet === null) && page === 'live' && <LivePage fleets={fleets} filter={filter} map={map} />}
      {!(loaded && fleet === null) && page === 'analytics' && <Suspense fallback={<p className="empty-page" role="status">{t('loadingPage')}</p>}><AnalyticsPage fleets={fleets} /></Suspense>}
      {!(loaded && fleet === null) && page === 'alerts' && <Suspense fallback={<p className="empty-page" role="status">{t('loadingPage')}</p>}><AlertsPage /></Suspense>}
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
