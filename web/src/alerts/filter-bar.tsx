// SPDX-License-Identifier: Apache-2.0
// Counters per severity that filter, and the other filters: range, type, state, vehicle.
import type { RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { kAlertStates, kAlertTypes, kSeverities } from '../api/types'
import { useFormat } from '../app/hooks'
import { spanOf, wordOf } from '../app/time-range'
import { zoneText } from '../i18n/zone'
import { Icon } from '../shell/icons'
import { RangePicker } from '../shell/range-picker'
import { setQuery, useAlerts } from './alerts-store'
import { isFiltered, toggled } from './query'
import { AlertStateMark, SeverityMark } from '../shell/severity-mark'
import type { AlertsView } from './use-alerts-view'

export function Counters({ view }: { view: AlertsView }) {
  const { t } = useTranslation()
  const format = useFormat()
  const chosen = useAlerts((s) => s.query.severities)
  return (
    <div className="sev-counters" role="group" aria-label={t('alerts.severityLabel')}>
      {kSeverities.map((severity) => {
        const { all, open } = view.counts.severity[severity]
        return (
          <button
            key={severity} type="button" className={`card sev-counter ${severity.toLowerCase()}`} data-severity={severity} aria-pressed={chosen.includes(severity)}
            onClick={() => setQuery({ severities: toggled(chosen, severity) })}
          >
            <span className="sev-name"><SeverityMark severity={severity} />{t(`alerts.severity.${severity}`)}</span>
            <b className="num" data-value>{format.int(all)}</b>
            <span className="num sev-open">{t('alerts.open', { n: format.int(open) })}</span>
            <i className="bar-track" aria-hidden="true"><i style={{ width: `${all === 0 ? 0 : (open / all) * 100}%` }} /></i>
          </button>
        )
      })}
    </div>
  )
}

export function FilterBar({ view, vehicle }: { view: AlertsView; vehicle: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const query = useAlerts((s) => s.query)
  return (
    <div className="card alert-filters" role="search" aria-label={t('alerts.filters')}>
      <Range />
      <label className="control select">
        <span className="visually-hidden">{t('alerts.type')}</span>
        <select value={query.types.length === 1 ? query.types[0] : ''} data-filter-type onChange={(event) => setQuery({ types: kAlertTypes.filter((type) => type === event.target.value) })}>
          <option value="">{t('alerts.allTypes')}</option>
          {kAlertTypes.filter((type) => (view.counts.type[type] ?? 0) > 0 || query.types.includes(type)).map((type) => (
            <option key={type} value={type}>{`${t(`alerts.types.${type}`)} · ${format.int(view.counts.type[type] ?? 0)}`}</option>
          ))}
        </select>
        <Icon name="down" />
      </label>
      <div className="segments" role="group" aria-label={t('alerts.state')}>
        <button type="button" aria-pressed={query.states.length === 0} onClick={() => setQuery({ states: [] })}>{t('state.all')}</button>
        {kAlertStates.map((state) => (
          <button key={state} type="button" data-alert-state={state} aria-pressed={query.states.includes(state)} onClick={() => setQuery({ states: query.states.length === 1 && query.states[0] === state ? [] : [state] })}>
            <AlertStateMark state={state} />{t(`alerts.states.${state}`)} <span className="num">{format.int(view.counts.state[state])}</span>
          </button>
        ))}
      </div>
      <label className="filter">
        <Icon name="search" />
        <span className="visually-hidden">{t('alerts.vehicle')}</span>
        <input ref={vehicle} type="text" data-filter-vehicle placeholder={t('alerts.vehiclePlaceholder')} value={query.vehicle} autoComplete="off" spellCheck={false} onChange={(event) => setQuery({ vehicle: event.target.value }, query.vehicle === '' ? 'push' : 'replace')} />
      </label>
      {isFiltered(query) && (
        <button type="button" className="icon-button" aria-label={t('table.clear')} title={t('table.clear')} onClick={() => setQuery({ severities: [], types: [], states: [], vehicle: '' })}><Icon name="close" /></button>
      )}
    </div>
  )
}

function Range() {
  const format = useFormat()
  const range = useAlerts((s) => s.query.range)
  return <RangePicker span={spanOf(range)!} utc={false} zone={zoneText()} instant={(ms) => format.dateTime(ms)} onChange={(span) => setQuery({ range: wordOf(span) })} />
}
