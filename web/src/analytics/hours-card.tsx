// SPDX-License-Identifier: Apache-2.0
// The fleet by the hour: bars of one UTC day (records, and the mean of the metric), and the day × hour map of the range.
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import type { DayRows, HourRow } from './api'
import { setQuery, useQuery } from './analytics-store'
import { HeatMap } from './heat-map'
import { heatMapOf, hourValue, shownDay, slotsOf } from './hours'
import { type Metric, scaleOf } from './metrics'
import { kHeats } from './query'
import type { Reading } from './reading'
import { metricText } from './values'

const kWidth = 480
const kHeight = 150
const kFootPx = 2

export function HoursCards({ days, fleet }: { days: Reading<DayRows[]>; fleet: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { metric, heat, day: chosen } = useQuery()
  const rows = days.value
  const day = rows ? shownDay(rows, chosen) : null
  const slots = useMemo(() => slotsOf(rows?.find((one) => one.day === day)), [rows, day])
  const map = useMemo(() => (rows ? heatMapOf(rows, metric, heat) : null), [rows, metric, heat])
  const name = t(`analytics.metric.${metric}`)
  const text = (value: number | null) => (heat === 'mean' ? metricText(format, metric, value) : format.int(value))
  const note = days.failure !== null ? <p className="plot-note bad" role="alert">{t('analytics.failed', { reason: days.failure })}</p> : null
  return (
    <>
      <section className="card hours" aria-labelledby="hours-title" data-hours={day ?? undefined}>
        <header className="card-head">
          <h2 id="hours-title">{t('analytics.hoursTitle')}</h2>
          <span className="note">{day === null ? '' : `${format.day(day)} UTC`}</span>
          <span className="note key"><i className="key-bar" aria-hidden="true" />{t('analytics.records')}<i className="key-line" aria-hidden="true" />{t('analytics.meanOf', { metric: name })}</span>
        </header>
        {note}
        {!rows && note === null && <div className="skeleton plot-skeleton" style={{ height: kHeight }} />}
        {rows && slots.every((slot) => slot === null) && <p className="plot-note">{t('analytics.noHours')}</p>}
        {rows && day !== null && <Bars slots={slots} metric={metric} label={t('analytics.barsLabel', { fleet, day: format.dayLong(day), n: slots.filter((slot) => slot !== null).length })} />}
        {rows && <HoursTable slots={slots} metric={metric} />}
      </section>
      <section className="card heat-card" aria-labelledby="heat-title">
        <header className="card-head">
          <h2 id="heat-title">{t('analytics.heatTitle')}</h2>
          <div className="segments" role="group" aria-label={t('analytics.heatOf')}>
            {kHeats.map((one) => <button key={one} type="button" aria-pressed={heat === one} onClick={() => setQuery({ heat: one })}>{one === 'mean' ? name : t(`analytics.heat.${one}`)}</button>)}
          </div>
        </header>
        {note}
        {!map && note === null && <div className="skeleton plot-skeleton" style={{ height: kHeight }} />}
        {map && <HeatMap model={map} day={day} text={text} onDay={(one) => setQuery({ day: one })} label={t('analytics.heatLabel', { what: heat === 'mean' ? t('analytics.meanOf', { metric: name }) : t(`analytics.heat.${heat}`), low: text(map.low), high: text(map.high) })} />}
      </section>
    </>
  )
}

function Bars({ slots, metric, label }: { slots: readonly (HourRow | null)[]; metric: Metric; label: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const most = Math.max(1, ...slots.map((slot) => slot?.records ?? 0))
  const values = slots.map((slot) => (slot === null ? null : hourValue(slot, metric, 'mean')))
  const known = values.filter((value) => value !== null)
  const [low, high] = scaleOf(metric, Math.min(...known), Math.max(...known), true)
  const step = kWidth / 24
  const y = (value: number) => 8 + (1 - (value - low) / (high - low)) * (kHeight - 22)
  let line = ''
  values.forEach((value, hour) => {
    if (value !== null) line += `${hour > 0 && values[hour - 1] !== null ? 'L' : 'M'}${((hour + 0.5) * step).toFixed(1)} ${y(value).toFixed(1)}`
  })
  return (
    <div className="bars">
      <div className="bars-y num" aria-hidden="true"><span>{format.int(most)}</span><span>{format.int(most / 2)}</span><span>0</span></div>
      <svg viewBox={`0 0 ${kWidth} ${kHeight}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <path className="chart-grid" d={`M0 .5H${kWidth}M0 ${kHeight / 2}H${kWidth}M0 ${kHeight - 0.5}H${kWidth}`} />
        {slots.map((slot, hour) => {
          if (slot === null) return null
          const height = Math.max(kFootPx, (slot.records / most) * (kHeight - 1))
          const value = values[hour] ?? null
          return (
            <rect key={slot.hour} className="hour-bar" data-hour={slot.hour} data-records={slot.records} data-mean={value ?? undefined} x={hour * step + step * 0.14} width={step * 0.72} y={kHeight - height} height={height}>
              <title>{`${String(hour).padStart(2, '0')} h UTC · ${t('analytics.recordsOf', { count: slot.records, n: format.int(slot.records) })} · ${metricText(format, metric, value)}`}</title>
            </rect>
          )
        })}
        <path className="hour-line" d={line} />
        {values.map((value, hour) => (value === null ? null : <path key={slots[hour]!.hour} className="hour-dot" d={`M${((hour + 0.5) * step).toFixed(1)} ${y(value).toFixed(1)}h0`} />))}
      </svg>
      <div className="bars-y right num" aria-hidden="true"><span>{known.length === 0 ? '' : metricText(format, metric, high)}</span><span>{known.length === 0 ? '' : metricText(format, metric, low)}</span></div>
      <div className="bars-x num" aria-hidden="true">{[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => <span key={hour}>{String(hour).padStart(2, '0')}</span>)}</div>
    </div>
  )
}

function HoursTable({ slots, metric }: { slots: readonly (HourRow | null)[]; metric: Metric }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <details className="hours-table">
      <summary>{t('analytics.asTable')}</summary>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keys */}
      <div className="hours-scroll" tabIndex={0} role="region" aria-label={t('analytics.hoursTitle')}>
        <table>
          <thead><tr><th scope="col">{t('analytics.hour')}</th><th scope="col">{t('analytics.records')}</th><th scope="col">{t('analytics.active')}</th><th scope="col">{t('analytics.meanOf', { metric: t(`analytics.metric.${metric}`) })}</th><th scope="col">{t('analytics.heat.alerts')}</th></tr></thead>
          <tbody className="num">
            {slots.map((slot) => (slot === null ? null : (
              <tr key={slot.hour}>
                <th scope="row">{String(slot.hour).padStart(2, '0')} h</th><td>{format.int(slot.records)}</td><td>{format.int(slot.active_devices)}</td>
                <td>{metricText(format, metric, hourValue(slot, metric, 'mean'))}</td><td>{format.int(hourValue(slot, metric, 'alerts'))}</td>
              </tr>
            )))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
