// SPDX-License-Identifier: Apache-2.0
// Shown while nothing is selected: the fleet by state, and the vehicles at the ends of each scale.
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { StateMark } from '../shell/icons'
import { liveClient, useLive } from './client'
import { type Extremes, extremes } from './extremes'
import { kStates } from './vehicle-store'

export function FleetOverview({ onSelect }: { onSelect: (id: string) => void }) {
  const { t } = useTranslation()
  const format = useFormat()
  const live = useLive()
  const chosen = usePage((s) => s.states)
  const now = liveClient.nowMs()
  // oxlint-disable-next-line react/exhaustive-deps -- the store is mutable; its version stands for it
  const ends: Extremes = useMemo(() => extremes(liveClient.store, now, liveClient.limits, 5), [live.version])
  const total = Math.max(1, live.view.total)
  return (
    <aside className="card drawer overview" aria-label={t('overview.title')}>
      <header className="drawer-head"><h2>{live.fleet ?? t('overview.title')}</h2><p>{t('overview.hint')}</p></header>
      <div className="drawer-body">
        <div className="drawer-part">
          <h3>{t('overview.states')}</h3>
          {kStates.map((state, i) => (
            <button key={state} type="button" className={`state-line ${state}`} aria-pressed={chosen.includes(state)} onClick={() => setPage({ states: chosen.length === 1 && chosen[0] === state ? [] : [state] })}>
              <StateMark state={state} /><span>{t(`state.${state}`)}</span>
              <i className="bar-track" aria-hidden="true"><i className="plain" style={{ width: `${(100 * (live.view.stateCounts[i] ?? 0)) / total}%` }} /></i>
              <b className="num">{format.int(live.view.stateCounts[i] ?? 0)}</b>
            </button>
          ))}
        </div>
        <Ranking title={t('overview.fastest')} rows={ends.fastest.map((s) => [s, format.with(liveClient.store.speed[s]! / 100, 'km/h')])} onSelect={onSelect} />
        <Ranking title={t('overview.lowest')} rows={ends.lowest.map((s) => [s, format.percent(liveClient.store.battery[s]! / 100)])} onSelect={onSelect} />
        <Ranking title={t('overview.silent')} rows={ends.silent.map((s) => [s, format.age((now - liveClient.store.ts[s]!) / 1000)])} onSelect={onSelect} />
      </div>
    </aside>
  )
}

function Ranking({ title, rows, onSelect }: { title: string; rows: [slot: number, value: string][]; onSelect: (id: string) => void }) {
  const { t } = useTranslation()
  return (
    <div className="drawer-part ranking">
      <h3>{title}</h3>
      {rows.length === 0 && <p className="note">{t('overview.none')}</p>}
      {rows.map(([slot, value]) => {
        const id = liveClient.store.ids[slot] ?? ''
        return <button key={id} type="button" onClick={() => onSelect(id)}><span>{id}</span><b className="num">{value}</b></button>
      })}
    </div>
  )
}
