// SPDX-License-Identifier: Apache-2.0
// The Alerts page: counters, filters, timeline, table, drawer, and the keys of triage.
import '../design/alerts.css'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '../api/types'
import { useFormat, useNow } from '../app/hooks'
import { usePage } from '../app/page-store'
import { AlertDrawer } from './alert-drawer'
import { AlertTable } from './alert-table'
import { act, followAlerts, refreshAlerts, setQuery, useAlerts } from './alerts-store'
import { Counters, FilterBar } from './filter-bar'
import { asOperator } from './operator'
import { OperatorDialog } from './operator-dialog'
import { changeable } from './optimistic'
import { isFiltered } from './query'
import { type AlertRow, alertsOf, rowsOf } from './rows'
import { TimelineCard } from './timeline-card'
import { flipped, follow, targets, triageKey, type Triage } from './triage'
import { useAlertsView } from './use-alerts-view'

const kNobody: Triage = { cursor: 0, marked: new Set() }
const kOldMs = 10_000

export function AlertsPage() {
  const { t } = useTranslation()
  const format = useFormat()
  const fleet = usePage((s) => s.fleet)
  const { query, incidents, phase, failure, cut, refused } = useAlerts()
  const view = useAlertsView()
  const vehicle = useRef<HTMLInputElement>(null)
  const comment = useRef<HTMLTextAreaElement>(null)
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const [triage, setTriage] = useState(kNobody)

  useEffect(() => (fleet === null ? undefined : followAlerts(fleet, query.range)), [fleet, query.range])

  const rows = useMemo(() => rowsOf(view.shown, incidents, unfolded), [view.shown, incidents, unfolded])
  const keys = useMemo(() => rows.map((row) => row.key), [rows])
  // The cursor stays with its row when the list changes.
  const cursorKey = useRef<string | undefined>(undefined)
  const cursor = follow(cursorKey.current, triage.cursor, keys)
  const now: Triage = { ...triage, cursor }
  cursorKey.current = keys[cursor]

  const open = (row: AlertRow) => {
    moveTo(keys.indexOf(row.key))
    if (row.kind === 'incident') setUnfolded(flipped(unfolded, row.incident.id))
    else setQuery({ alert: row.alert.id === query.alert ? null : row.alert.id })
  }
  const moveTo = (index: number) => {
    cursorKey.current = keys[index]
    setTriage((s) => ({ ...s, cursor: index }))
  }
  const onTargets = (action: 'ack' | 'resolve') => {
    const wanted = new Set(targets(now, keys))
    const alerts = rows.filter((row) => wanted.has(row.key)).flatMap(alertsOf)
    perform(alerts, action)
  }
  const perform = (alerts: readonly Alert[], action: 'ack' | 'resolve') => {
    const unique = [...new Map(alerts.map((one) => [one.id, one])).values()]
    if (changeable(unique, action === 'ack' ? 'ACKNOWLEDGED' : 'RESOLVED').length === 0) return
    asOperator((who) => {
      setTriage((s) => ({ ...s, marked: new Set() }))
      void act(unique, action, who)
    })
  }

  const onKey = useRef<(event: KeyboardEvent) => void>(() => undefined)
  onKey.current = (event) => {
    const field = fieldOf(event.target)
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    if (event.key === 'Escape') {
      if (field) field.blur()
      else if (query.alert !== null) setQuery({ alert: null })
      else if (triage.marked.size > 0) setTriage((s) => ({ ...s, marked: new Set() }))
      else if (isFiltered(query)) setQuery({ severities: [], types: [], states: [], vehicle: '' })
      return
    }
    if (field) return
    if (event.key === 'f') vehicle.current?.focus()
    else {
      const answer = triageKey(now, event.key, keys)
      if (!answer) return
      if (answer.state.cursor !== cursor) moveTo(answer.state.cursor)
      if (answer.state.marked !== now.marked) setTriage({ ...answer.state })
      const row = rows[answer.state.cursor]
      // The open drawer goes along.
      if (query.alert !== null && answer.effect === null && answer.state.cursor !== cursor && row?.kind === 'alert') setQuery({ alert: row.alert.id }, 'replace')
      if (answer.effect === 'ack' || answer.effect === 'resolve') onTargets(answer.effect)
      else if (answer.effect === 'open' && row) open(row)
      else if (answer.effect === 'comment' && row?.kind === 'alert') {
        setQuery({ alert: row.alert.id })
        setTimeout(() => comment.current?.focus(), 0)
      }
    }
    event.preventDefault()
  }
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])

  const marked = keys.filter((key) => triage.marked.has(key)).length
  const opened = query.alert === null ? null : view.all.find((one) => one.id === query.alert) ?? null
  return (
    <main className="alerts-page" data-alerts={phase} data-drawer-open={query.alert !== null}>
      {phase === 'failed' && (
        <div className="notice bad" role="alert">{t('alerts.failed', { reason: failure })} <button type="button" className="control" onClick={refreshAlerts}>{t('error.retry')}</button></div>
      )}
      {refused && (
        <div className="notice bad" role="alert" data-refused>{t('alerts.refused', { count: refused.count, n: format.int(refused.count), reason: refused.reason })} <button type="button" className="control" onClick={() => useAlerts.setState({ refused: null })}>{t('help.close')}</button></div>
      )}
      <Counters view={view} />
      <FilterBar view={view} vehicle={vehicle} />
      <TimelineCard shown={view.shown} />
      <section className="card table-card" aria-labelledby="alerts-title" id="vehicles">
        <div className="table-head">
          <h2 id="alerts-title">{t('alerts.label')}</h2>
          <span className="count num" data-count role="status">{t('table.count', { shown: format.int(view.shown.length), total: format.int(view.all.length) })}</span>
          {cut && <span className="note">{t('alerts.cut')}</span>}
          <div className="spacer" />
          {marked > 0 && <span className="note num" role="status">{t('alerts.markedCount', { count: marked, n: format.int(marked) })}</span>}
          <button type="button" className="control small" data-bulk="ack" disabled={rows.length === 0} onClick={() => onTargets('ack')}>{t('alerts.ack')} <kbd>a</kbd></button>
          <button type="button" className="control small" data-bulk="resolve" disabled={rows.length === 0} onClick={() => onTargets('resolve')}>{t('alerts.resolve')} <kbd>r</kbd></button>
          <ListAge />
        </div>
        <AlertTable rows={rows} triage={now} onCursor={moveTo} onMark={(key) => setTriage((s) => ({ ...s, marked: flipped(s.marked, key) }))} onOpen={open} />
      </section>
      {query.alert !== null && <AlertDrawer id={query.alert} alert={opened} comment={comment} onAct={(one, action) => perform([one], action)} />}
      <OperatorDialog />
    </main>
  )
}

/** The field that is being typed in, if any. A tick box takes no letters. */
function fieldOf(target: EventTarget | null): HTMLElement | null {
  if (!(target instanceof HTMLElement) || !/^(SELECT|TEXTAREA|INPUT)$/.test(target.tagName)) return null
  return target instanceof HTMLInputElement && target.type === 'checkbox' ? null : target
}

/** The live feed carries no alerts, so the page says how old its list is. */
function ListAge() {
  const { t } = useTranslation()
  const format = useFormat()
  const { askedMs, failure } = useAlerts()
  const now = useNow(1000)
  if (askedMs === null) return null
  const ageMs = Math.max(0, now - askedMs)
  const old = ageMs > kOldMs
  return <span className={old ? 'pill stale num' : 'pill live num'} data-list-age={old ? 'old' : 'fresh'} title={failure ?? t('alerts.ageHint')}><i aria-hidden="true" />{t('alerts.age', { age: format.age(ageMs / 1000) })}</span>
}
