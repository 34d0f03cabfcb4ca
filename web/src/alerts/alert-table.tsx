// SPDX-License-Identifier: Apache-2.0
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { type Alert, kSeverities } from '../api/types'
import { useFormat, useNow } from '../app/hooks'
import type { Formatter } from '../i18n/format'
import { Icon } from '../shell/icons'
import { SortHead, VirtualGrid } from '../shell/virtual-grid'
import { setQuery, useAlerts } from './alerts-store'
import { type AlertSort, durationMs, isFiltered, kAlertSorts } from './query'
import type { AlertRow } from './rows'
import { AlertStateMark, SeverityMark } from '../shell/severity-mark'
import type { Triage } from './triage'
import { factText } from './values'

const kRowPx = 32
const kColumns: readonly (AlertSort | 'value')[] = ['severity', 'start', 'vehicle', 'type', 'value', 'duration', 'state']

interface Props {
  rows: readonly AlertRow[]
  triage: Triage
  onCursor: (index: number) => void
  onMark: (key: string) => void
  onOpen: (row: AlertRow) => void
}

export function AlertTable({ rows, triage, onCursor, onMark, onOpen }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const { query, phase } = useAlerts()
  const now = useNow(10_000)
  const sortBy = (sort: AlertSort) => setQuery({ sort, ascending: query.sort === sort ? !query.ascending : sort === 'vehicle' || sort === 'type' })
  const at = triage.cursor
  return (
    <VirtualGrid
      label={t('alerts.label')} count={rows.length} rowPx={kRowPx} columns={kColumns.length + 1} cursor={at} reveal={Math.min(at, rows.length - 1)} revealKey={String(at)} multiselectable
      onCursor={onCursor} onOpen={(i) => { const row = rows[i]; if (row) onOpen(row) }}
      head={(
        <>
          <div role="columnheader" className="cell c-mark"><span className="visually-hidden">{t('alerts.marked')}</span></div>
          {kColumns.map((key) => {
            const sort = kAlertSorts.find((one) => one === key)
            if (!sort) return <div key={key} role="columnheader" className={`cell c-${key}`}>{t(`alerts.column.${key}`)}</div>
            return <SortHead key={key} name={key} label={t(`alerts.column.${key}`)} order={query.sort === sort ? (query.ascending ? 'ascending' : 'descending') : 'none'} onSort={() => sortBy(sort)} />
          })}
        </>
      )}
      row={(index, top) => {
        const row = rows[index]!
        const own = { index, top, active: index === at, marked: triage.marked.has(row.key), format, onMark, onOpen }
        return row.kind === 'alert'
          ? <Row key={row.key} row={row} {...own} opened={row.alert.id === query.alert} nowMs={row.alert.end === null ? now : 0} />
          : <IncidentRow key={row.key} row={row} {...own} />
      }}
    >
      {phase === 'loading' && <p className="grid-note" role="status">{t('alerts.loading')}</p>}
      {phase === 'ready' && (isFiltered(query)
        ? <p className="grid-note">{t('alerts.noMatch')} <button type="button" className="quiet" onClick={() => setQuery({ severities: [], types: [], states: [], vehicle: '' })}>{t('table.clear')}</button></p>
        : <p className="grid-note"><b>{t('alerts.none')}</b> {t('alerts.noneHint')}</p>)}
    </VirtualGrid>
  )
}

interface RowProps {
  index: number
  top: number
  active: boolean
  marked: boolean
  format: Formatter
  onMark: (key: string) => void
  onOpen: (row: AlertRow) => void
}

function classesOf(base: string, flags: Record<string, boolean>): string {
  return [base, ...Object.entries(flags).flatMap(([name, on]) => (on ? [name] : []))].join(' ')
}

const Row = memo(function Row({ row, index, top, active, marked, opened, nowMs, format, onMark, onOpen }: RowProps & { row: AlertRow & { kind: 'alert' }; opened: boolean; nowMs: number }) {
  const { t } = useTranslation()
  const a = row.alert
  const fact = factText(format, a)
  const start = Date.parse(a.start)
  return (
    <div
      id={`row-${index}`} role="row" aria-rowindex={index + 2} aria-selected={marked} data-alert={a.id} data-row-state={a.state} tabIndex={-1} style={{ transform: `translateY(${top}px)` }}
      className={classesOf('row alert-row', { active, marked, selected: opened, member: row.member, retracted: a.retracted, done: a.state === 'RESOLVED' })}
      onClick={() => onOpen(row)} onKeyDown={(event) => { if (event.key === 'Enter' && event.target === event.currentTarget) onOpen(row) }}
    >
      <MarkCell id={`${t(`alerts.types.${a.type}`)} ${a.device_id}`} row={row} marked={marked} onMark={onMark} />
      <div role="gridcell" className="cell c-severity"><SeverityMark severity={a.severity} /><span className="sev-text">{t(`alerts.severity.${a.severity}`)}</span></div>
      <div role="gridcell" className="cell c-start num"><time dateTime={a.start} title={format.dateTimeUtc(start)}>{format.dateTime(start)}</time></div>
      <div role="gridcell" className="cell c-vehicle">{a.device_id}</div>
      <div role="gridcell" className="cell c-type">{t(`alerts.types.${a.type}`)}{a.late && <span className="flag" title={t('alerts.lateHint')}>{t('alerts.late')}</span>}{a.retracted && <span className="flag" title={t('alerts.retractedHint')}>{t('alerts.retracted')}</span>}</div>
      <div role="gridcell" className="cell c-value num"><b>{fact.value}</b>{fact.limit !== null && <span className="limit">/ {fact.limit}</span>}</div>
      <div role="gridcell" className="cell c-duration num">{a.end === null ? <span className="ongoing">{t('alerts.ongoing', { age: format.age(durationMs(a, nowMs) / 1000) })}</span> : format.age(durationMs(a, 0) / 1000)}</div>
      <div role="gridcell" className={`cell c-state ${a.state.toLowerCase()}`}><AlertStateMark state={a.state} />{t(`alerts.states.${a.state}`)}</div>
    </div>
  )
})

function IncidentRow({ row, index, top, active, marked, format, onMark, onOpen }: RowProps & { row: AlertRow & { kind: 'incident' } }) {
  const { t } = useTranslation()
  const { incident, members, open } = row
  const start = Date.parse(incident.start)
  const worst = kSeverities.find((s) => members.some((m) => m.severity === s)) ?? 'LOW'
  const openOnes = members.filter((m: Alert) => m.state === 'OPEN').length
  return (
    <div
      id={`row-${index}`} role="row" aria-rowindex={index + 2} aria-selected={marked} aria-expanded={open} data-incident={incident.id} tabIndex={-1} style={{ transform: `translateY(${top}px)` }}
      className={classesOf('row alert-row incident', { active, marked })} onClick={() => onOpen(row)} onKeyDown={(event) => { if (event.key === 'Enter' && event.target === event.currentTarget) onOpen(row) }}
    >
      <MarkCell id={t('alerts.incident', { count: members.length, n: format.int(members.length) })} row={row} marked={marked} onMark={onMark} />
      <div role="gridcell" className="cell c-severity"><SeverityMark severity={worst} /><span className="sev-text">{t(`alerts.severity.${worst}`)}</span></div>
      <div role="gridcell" className="cell c-start num"><time dateTime={incident.start} title={format.dateTimeUtc(start)}>{format.dateTime(start)}</time></div>
      <div role="gridcell" className="cell c-vehicle"><Icon name={open ? 'down' : 'right'} />{t('alerts.incidentVehicles', { count: incident.devices, n: format.int(incident.devices) })}</div>
      <div role="gridcell" className="cell c-type">{t(`alerts.types.${incident.type}`)}<span className="flag">{t('alerts.incident', { count: members.length, n: format.int(members.length) })}</span></div>
      <div role="gridcell" className="cell c-value">–</div>
      <div role="gridcell" className="cell c-duration">–</div>
      <div role="gridcell" className="cell c-state num">{t('alerts.open', { n: format.int(openOnes) })}</div>
    </div>
  )
}

function MarkCell({ id, row, marked, onMark }: { id: string; row: AlertRow; marked: boolean; onMark: (key: string) => void }) {
  const { t } = useTranslation()
  return (
    <div role="gridcell" className="cell c-mark">
      <input type="checkbox" tabIndex={-1} checked={marked} aria-label={t('alerts.markRow', { id })} onClick={(event) => event.stopPropagation()} onChange={() => onMark(row.key)} />
    </div>
  )
}
