// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { Icon, type IconName } from '../shell/icons'
import { today } from '../shell/calendar'
import { useLive } from './client'
import { endOfDayMs } from './day'
import { type HourMetric, type HourPoint, lastHours, previousHour, sparkline } from './hours'
import { useFleetDays } from './use-hours'
import { kSilent } from './vehicle-store'

export function KpiStrip() {
  const { t } = useTranslation()
  const format = useFormat()
  const { kpis, mode, fleet, day } = useLive()
  const now = useNow(60_000)
  const end = day === null ? now : endOfDayMs(day)
  const days = useFleetDays(fleet, day ?? today(now))
  const hours = (metric: HourMetric) => (days === null ? [] : lastHours(days, metric, end))
  const speed = hours('avg_speed_kmh')
  const battery = hours('avg_battery_pct')
  const critical = kpis?.critical_alerts ?? null
  // Today's figure against the last full hour; a past day has nothing to compare with.
  const change = (value: number | null | undefined, points: HourPoint[]) => {
    const before = previousHour(points)
    return mode === 'day' || before === null || value === null || value === undefined ? '' : format.change(value - before)
  }
  return (
    <section className="kpis" aria-label={t('kpi.label')}>
      <Card id="active" icon="truck" value={format.int(kpis?.active_devices ?? null)} unit={kpis ? t('kpi.of', { n: format.int(kpis.devices) }) : ''}
        aside={t(mode === 'day' ? 'kpi.activeHintDay' : 'kpi.activeHint')} hours={hours('active_devices')} />
      <Card id="speed" icon="gauge" value={format.dec(kpis?.avg_speed_kmh ?? null)} unit="km/h" aside={change(kpis?.avg_speed_kmh, speed)} hours={speed} />
      <Card id="battery" icon="battery" value={format.dec(kpis?.avg_battery_pct ?? null)} unit="%" aside={change(kpis?.avg_battery_pct, battery)} hours={battery} />
      <Card id="critical" icon="alert" value={format.int(critical)} unit={critical === null ? t('kpi.unknown') : ''} aside={critical === null ? '' : t('kpi.criticalHint')} hours={[]} tone={critical ? 'crit' : ''} />
      <Distribution />
    </section>
  )
}

interface CardProps {
  id: 'active' | 'speed' | 'battery' | 'critical'
  icon: IconName
  value: string
  unit: string
  aside: string
  hours: HourPoint[]
  tone?: string
}

const kSparkWidth = 96
const kSparkHeight = 26

function Card({ id, icon, value, unit, aside, hours, tone = '' }: CardProps) {
  const { t } = useTranslation()
  const compared = id === 'speed' || id === 'battery'
  const line = hours.filter((p) => p.value !== null).length < 2 ? '' : sparkline(hours, kSparkWidth, kSparkHeight)
  return (
    <article className={`card kpi ${tone}`} data-kpi={id}>
      <h2><Icon name={icon} />{t(`kpi.${id}`)}{aside !== '' && <span className="aside num" title={compared ? t('kpi.changeHint') : undefined}>{compared ? t('kpi.change', { value: aside }) : aside}</span>}</h2>
      <p className="kpi-value"><span className="num" data-value>{value}</span> <small>{unit}</small></p>
      {line !== '' && (
        <svg className="spark" viewBox={`0 0 ${kSparkWidth} ${kSparkHeight}`} width={kSparkWidth} height={kSparkHeight} role="img" aria-label={t('kpi.hours')}><path d={line} /></svg>
      )}
    </article>
  )
}

/** Shares of the speed classes; a click shows only that class, a second one all again. */
function Distribution() {
  const { t } = useTranslation()
  const format = useFormat()
  const { view } = useLive()
  const chosen = usePage((s) => s.classes)
  const all = view.classCounts.reduce((a, b) => a + b, 0)
  const share = (n: number) => (all === 0 ? 0 : (100 * n) / all)
  return (
    <article className="card distribution">
      <h2><Icon name="pulse" />{t('class.distribution')}<span className="aside num">{t('class.moving', { n: format.int(view.stateCounts[0] ?? 0) })}</span></h2>
      <div className="dist-bar" aria-hidden="true">
        {view.classCounts.map((n, c) => n > 0 && <i key={c} className={`speed-${c} ${dimmed(chosen, c)}`} style={{ flexGrow: n }} />)}
      </div>
      <ul className="dist-list">
        {view.classCounts.map((n, c) => (
          <li key={c} className={dimmed(chosen, c)}>
            <span>{t(`class.c${c}`)}</span> <b className="num">{format.int(share(n))}</b>
          </li>
        ))}
      </ul>
    </article>
  )
}

export function dimmed(chosen: readonly number[], c: number): string {
  return chosen.length > 0 && !chosen.includes(c) ? 'dimmed' : ''
}

/** The map's legend: colours with counts, and the filter by class. */
export function Legend() {
  const { t } = useTranslation()
  const format = useFormat()
  const { view } = useLive()
  const chosen = usePage((s) => s.classes)
  const toggle = (c: number) => {
    const classes = chosen.includes(c) ? chosen.filter((k) => k !== c) : [...chosen, c].toSorted((a, b) => a - b)
    setPage({ classes })
  }
  return (
    <fieldset className="legend glass">
      <legend className="caps">{t('class.title')}</legend>
      <div className="legend-row">
        {view.classCounts.map((n, c) => {
          const name = t(`class.c${c}`)
          const hint = t('class.filter', { name: c === kSilent ? t('class.c5long') : `${name} km/h`, n: format.int(n) })
          return (
            <button
              key={c} type="button" className={`legend-item ${dimmed(chosen, c)}`} aria-pressed={chosen.includes(c)} data-class={c}
              aria-label={`${name} ${format.int(n)} · ${hint}`} title={hint} onClick={() => toggle(c)}
            >
              <i className={c === kSilent ? 'swatch hollow' : `swatch speed-${c}`} aria-hidden="true" />
              <span><b>{name}</b> <span className="num">{format.int(n)}</span></span>
            </button>
          )
        })}
      </div>
    </fieldset>
  )
}
