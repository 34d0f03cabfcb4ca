// SPDX-License-Identifier: Apache-2.0
// One alert: what happened, where, the metric around it, the record, what people did, and what can be done now.
import { type ReactNode, type RefObject, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { actOnAlert, alert as readAlert, history, recordAt } from '../api/client'
import type { Alert, AlertDetail, HistoryRecord } from '../api/types'
import { useFormat, useNow } from '../app/hooks'
import { openVehicle } from '../app/pages'
import { Icon } from '../shell/icons'
import { AlertChart } from './alert-chart'
import { AlertMap } from './alert-map'
import { reasonOf, refreshAlerts, setQuery, useAlerts } from './alerts-store'
import { asOperator, askOperator, useOperator } from './operator'
import { durationMs } from './query'
import { AlertStateMark, SeverityMark } from '../shell/severity-mark'
import { factText, metricOf, valueText } from './values'

export const kAroundMs = 600_000
const kHistoryLimit = 4000

interface Around {
  id: string
  records: HistoryRecord[]
  raw: Record<string, unknown> | null
  failure: string | null
}

interface Props {
  id: string
  /** From the list; null when the list does not hold it. */
  alert: Alert | null
  comment: RefObject<HTMLTextAreaElement | null>
  onAct: (alert: Alert, action: 'ack' | 'resolve') => void
}

export function AlertDrawer({ id, alert, comment, onAct }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const [detail, setDetail] = useState<AlertDetail | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const now = useNow(10_000)
  const acted = useAlerts((s) => s.acted)
  const listState = alert?.state
  // Again when this reader or, by the list, another one changed it.
  useEffect(() => {
    const abort = new AbortController()
    readAlert(id, abort.signal).then(
      (answer) => {
        setDetail(answer)
        setFailure(null)
      },
      (error: unknown) => { if (!abort.signal.aborted) setFailure(reasonOf(error)) },
    )
    return () => abort.abort()
  }, [id, acted, listState])

  const own = detail?.id === id ? detail : null
  const a: Alert | null = alert ?? own
  const around = useAround(a)
  const close = <button type="button" className="icon-button" aria-label={t('alerts.close')} title={t('alerts.close')} onClick={() => setQuery({ alert: null })}><Icon name="close" /></button>
  if (!a) {
    return (
      <aside className="card drawer" aria-label={t('alerts.drawer')}>
        <header className="drawer-head"><h2>{t('alerts.drawer')}</h2>{close}</header>
        <p className="note drawer-part">{failure === null ? t('alerts.loading') : t('alerts.gone', { reason: failure })}</p>
      </aside>
    )
  }
  const start = Date.parse(a.start)
  const fact = factText(format, a)
  const metric = metricOf(a.type)
  return (
    <aside className="card drawer alert-drawer" aria-label={t('alerts.drawer')} data-alert-drawer={id}>
      <header className="drawer-head">
        <h2>{t(`alerts.types.${a.type}`)}</h2>
        <span className={`badge sev ${a.severity.toLowerCase()}`}><SeverityMark severity={a.severity} />{t(`alerts.severity.${a.severity}`)}</span>
        {close}
        <p className="num">{[a.device_id, a.zone, a.rule].filter(Boolean).join(' · ')}</p>
      </header>
      {/* It may scroll, so the keyboard must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="drawer-body" role="region" tabIndex={0} aria-label={t('alerts.details')}>
        {(a.late || a.retracted) && <p className="drawer-part note late-note">{t(a.retracted ? 'alerts.retractedHint' : 'alerts.lateHint')}</p>}
        <dl className="facts">
          <Fact name={t('alerts.peak')}>{fact.value}</Fact>
          <Fact name={t('alerts.limit')}>{valueText(format, a.type, a.limit)}</Fact>
          <Fact name={t('alerts.start')}><time dateTime={a.start} title={format.dateTimeUtc(start)}>{format.dateTime(start)}</time></Fact>
          <Fact name={t('alerts.column.duration')}>{a.end === null ? t('alerts.ongoing', { age: format.age(durationMs(a, now) / 1000) }) : format.age(durationMs(a, 0) / 1000)}</Fact>
          <Fact name={t('alerts.state')}><span className={`c-state ${a.state.toLowerCase()}`}><AlertStateMark state={a.state} /> {t(`alerts.states.${a.state}`)}</span></Fact>
          <Fact name={t('drawer.position')}>{a.lat === null ? '–' : `${format.degree(a.lat)} · ${format.degree(a.lon)}`}</Fact>
        </dl>
        {metric !== null && <AlertChart alert={a} metric={metric} records={around?.records ?? null} failure={around?.failure ?? null} />}
        {a.lat !== null && a.lon !== null && <AlertMap key={id} alert={a} lat={a.lat} lon={a.lon} records={around?.records ?? null} />}
        <Actions detail={own} failure={failure} comment={comment} id={id} onSaid={setDetail} />
        <details className="drawer-part raw">
          <summary>{t('alerts.raw')}</summary>
          {around?.raw ? <pre className="num">{JSON.stringify(around.raw, null, 1).slice(2, -2)}</pre> : <p className="note">{around?.failure ?? t('alerts.rawNone')}</p>}
        </details>
      </div>
      <footer className="drawer-foot">
        <button type="button" className="primary" data-act="ack" disabled={a.state !== 'OPEN' || a.retracted} onClick={() => onAct(a, 'ack')}>{t('alerts.ack')}</button>
        <button type="button" className="control" data-act="resolve" disabled={a.state === 'RESOLVED' || a.retracted} onClick={() => onAct(a, 'resolve')}>{t('alerts.resolve')}</button>
        <VehicleLink alert={a} startMs={start} />
      </footer>
    </aside>
  )
}

/** To the page of the vehicle, at the instant at which the alert starts. */
function VehicleLink({ alert, startMs }: { alert: Alert; startMs: number }) {
  const { t } = useTranslation()
  const go = () => openVehicle(alert.device_id, alert.fleet_id, alert.start.slice(0, 10), startMs)
  return <button type="button" className="control" data-open-vehicle title={t('alerts.openVehicleHint', { id: alert.device_id })} onClick={go}><Icon name="live" />{t('alerts.openVehicle')}</button>
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <div><dt>{name}</dt><dd className="num">{children}</dd></div>
}

function Actions({ detail, failure, comment, id, onSaid }: { detail: AlertDetail | null; failure: string | null; comment: RefObject<HTMLTextAreaElement | null>; id: string; onSaid: (detail: AlertDetail) => void }) {
  const { t } = useTranslation()
  const format = useFormat()
  const operator = useOperator((s) => s.name)
  const [text, setText] = useState('')
  const [refused, setRefused] = useState<string | null>(null)
  useEffect(() => {
    setText('')
    setRefused(null)
  }, [id])
  const say = () => {
    const words = text.trim()
    if (words === '' || !detail) return
    asOperator((who) => {
      actOnAlert(id, 'comment', who, words).then(
        (status) => {
          onSaid({ ...detail, state: status.state, actions: status.actions })
          setText('')
          setRefused(null)
          refreshAlerts()
        },
        (error: unknown) => setRefused(reasonOf(error)),
      )
    })
  }
  return (
    <section className="drawer-part audit" aria-label={t('alerts.audit')}>
      <h3>{t('alerts.audit')}{operator !== '' && <span className="aside">{t('alerts.as', { name: operator })} <button type="button" className="quiet" onClick={askOperator}>{t('alerts.rename')}</button></span>}</h3>
      {detail && detail.actions.length === 0 && <p className="note">{t('alerts.auditNone')}</p>}
      {!detail && failure !== null && <p className="note bad">{t('alerts.gone', { reason: failure })}</p>}
      <ol>
        {(detail?.actions ?? []).map((action, i) => (
          <li key={i} data-action={action.action}>
            <b>{action.who}</b> {t(`alerts.did.${action.action}`)} <time className="num" dateTime={action.at} title={format.dateTimeUtc(Date.parse(action.at))}>{format.dateTime(Date.parse(action.at))}</time>
            {action.text !== '' && <p>{action.text}</p>}
          </li>
        ))}
      </ol>
      <form onSubmit={(event) => { event.preventDefault(); say() }}>
        <textarea
          ref={comment} rows={2} maxLength={500} value={text} aria-label={t('alerts.comment')} placeholder={t('alerts.commentPlaceholder')} onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) say() }}
        />
        <button type="submit" className="control" data-say disabled={text.trim() === '' || !detail}>{t('alerts.say')}</button>
      </form>
      {refused !== null && <p className="note bad" role="alert">{t('alerts.refused', { count: 1, n: format.int(1), reason: refused })}</p>}
    </section>
  )
}

/** The records ten minutes before and after, and the very one at which the alert starts. */
function useAround(alert: Alert | null): Around | null {
  const [around, setAround] = useState<Around | null>(null)
  const id = alert?.id ?? null
  const start = alert?.start
  useEffect(() => {
    if (!alert) return
    const abort = new AbortController()
    const startMs = Date.parse(alert.start)
    const endMs = alert.end === null ? startMs : Math.min(Date.parse(alert.end), startMs + 6 * kAroundMs)
    Promise.all([
      history(alert.device_id, new Date(startMs - kAroundMs), new Date(endMs + kAroundMs), kHistoryLimit, abort.signal),
      recordAt(alert.device_id, new Date(startMs), abort.signal),
    ]).then(
      ([records, raw]) => setAround({ id: alert.id, records, raw, failure: null }),
      (error: unknown) => { if (!abort.signal.aborted) setAround({ id: alert.id, records: [], raw: null, failure: reasonOf(error) }) },
    )
    return () => abort.abort()
    // A new list makes new objects of the same alert.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [id, start, alert?.end])
  return around?.id === id ? around : null
}
