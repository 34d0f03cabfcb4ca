// SPDX-License-Identifier: Apache-2.0
// Thirty days of the vehicle as bars of their distance; a click opens the day. What is no longer kept is shown as such.
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { addDays, today } from '../shell/calendar'
import { Icon } from '../shell/icons'
import { stripAround, useDays, kStripDays } from './use-days'
import { chooseDay } from './vehicle-store'

interface Props {
  id: string
  day: string
  /** Null = without limit; undefined = not known yet. */
  retentionDays: number | null | undefined
  /** How many records the day has that is read on and on: its bar grows with it. */
  records: number
}

export function DaysStrip({ id, day, retentionDays, records }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const now = today()
  const strip = stripAround(day, now, retentionDays ?? null)
  const figures = useDays(id, strip.days, day === now ? records : 0)
  const top = Math.max(1, ...strip.days.map((d) => figures.get(d)?.distance_m ?? 0))
  const first = strip.days[0]!
  const row = useRef<HTMLDivElement>(null)
  useEffect(() => {
    row.current?.querySelector('[aria-pressed=true]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [day])
  const earlier = addDays(first, -1)
  const bounded = strip.edge !== null && earlier < strip.edge
  const monthDay = (d: string) => Number(d.slice(8))
  return (
    <section className="card days" aria-label={t('vehicle.days')}>
      <button type="button" className="icon-button" aria-label={t('vehicle.earlier')} title={bounded && strip.edge !== null ? t('vehicle.edge', { day: format.dayLong(strip.edge) }) : t('vehicle.earlier')} disabled={bounded} onClick={() => chooseDay(earlier)}><Icon name="left" /></button>
      <div className="days-row" ref={row}>
        {strip.days.map((d) => {
          const figure = figures.get(d)
          const gone = strip.edge !== null && d < strip.edge
          const known = figure !== undefined && figure.records > 0
          const what = gone ? t('vehicle.dayGone') : figure === undefined ? t('vehicle.dayUnread') : known ? format.with(figure.distance_m / 1000, 'km') : t('vehicle.dayEmpty')
          return (
            <button
              key={d} type="button" className={['day', gone ? 'gone' : known ? '' : 'empty', d === strip.edge ? 'edge' : ''].join(' ')} data-day={d} disabled={gone}
              aria-pressed={d === day} aria-label={`${monthDay(d)}, ${format.dayLong(d)}: ${what}`} title={`${format.day(d)} · ${what}`} onClick={() => chooseDay(d)}
            >
              <i aria-hidden="true" style={{ height: `${known ? Math.max(4, (100 * figure.distance_m) / top) : 0}%` }} />
              <span className="num" aria-hidden="true">{monthDay(d)}</span>
            </button>
          )
        })}
      </div>
      <button type="button" className="icon-button" aria-label={t('vehicle.later')} title={t('vehicle.later')} disabled={strip.days.includes(now)} onClick={() => chooseDay(addDays(first, 2 * kStripDays - 1))}><Icon name="right" /></button>
      <p className="note days-note num">
        <b>{t('vehicle.upTo', { value: format.with(top > 1 ? top / 1000 : 0, 'km') })}</b>
        {retentionDays !== undefined && <span>{strip.edge === null ? t('vehicle.keptForEver') : t('vehicle.keptFrom', { day: format.day(strip.edge), count: retentionDays ?? 0 })}</span>}
      </p>
    </section>
  )
}
