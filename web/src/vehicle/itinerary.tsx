// SPDX-License-Identifier: Apache-2.0
// The day in words: its figures, then trips, stops, silences and alerts in the order of time. A click goes there.
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { navigate } from '../app/pages'
import { Icon } from '../shell/icons'
import { SeverityMark } from '../shell/severity-mark'
import { type DayEvent, eventAt } from './events'
import { seek, useReplay, type VehicleDay } from './vehicle-store'

export function Itinerary({ day, events }: { day: VehicleDay; events: readonly DayEvent[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { summary } = day
  const here = useReplay((s) => (s.atMs === null ? -1 : eventAt(events, s.atMs)))
  const list = useRef<HTMLOListElement>(null)
  const playing = useReplay((s) => s.playing)
  useEffect(() => {
    if (playing) list.current?.querySelector('.here')?.scrollIntoView({ block: 'nearest' })
  }, [here, playing])
  const figures: [string, string][] = [
    [t('drawer.distance'), format.with(summary.distance_m / 1000, 'km')],
    [t('vehicle.driving'), format.age(summary.moving_s)],
    [t('vehicle.top'), format.with(summary.max_speed_kmh, 'km/h')],
    [t('vehicle.mean'), format.with(summary.avg_speed_kmh, 'km/h')],
    [t('vehicle.stops'), format.int(summary.stops)],
    [t('vehicle.records'), format.int(summary.records)],
  ]
  return (
    <section className="card itinerary" aria-label={t('vehicle.course')} id="vehicles">
      <dl className="figures">
        {figures.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}
      </dl>
      {summary.gap_distance_m > 0 && <p className="note gap-note">{t('vehicle.gapDistance', { value: format.with(summary.gap_distance_m / 1000, 'km') })}</p>}
      {/* It may scroll, so the keyboard must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ol className="course" ref={list} tabIndex={0} aria-label={t('vehicle.course')} data-events={events.length}>
        {events.length === 0 && <li className="note nothing">{t(day.track.count === 0 ? 'vehicle.noRecords' : 'vehicle.noEvents')}</li>}
        {events.map((event, i) => <li key={event.key} className={`event ${event.kind} ${i === here ? 'here' : ''}`} data-event={event.kind}><Row event={event} /></li>)}
      </ol>
    </section>
  )
}

function Row({ event }: { event: DayEvent }) {
  const { t } = useTranslation()
  const format = useFormat()
  const times = `${format.clockMinute(event.fromMs)} – ${format.clockMinute(event.toMs)}`
  const duration = format.age((event.toMs - event.fromMs) / 1000)
  switch (event.kind) {
    case 'trip': return (
      <Line event={event} title={t('vehicle.trip', { n: event.number })} value={format.with(event.trip.distance_m / 1000, 'km')} times={times}
        more={[duration, event.trip.max_speed_kmh === null ? '' : t('drawer.max', { value: format.with(event.trip.max_speed_kmh, 'km/h') }), event.trip.end_reason === 'stop' ? '' : t(`vehicle.ended.${event.trip.end_reason}`)]} />
    )
    case 'stop': return <Line event={event} title={t('vehicle.stop')} value={duration} times={times} more={[`${format.degree(event.stop.lat)} · ${format.degree(event.stop.lon)}`]} />
    case 'gap': return <Line event={event} title={t('vehicle.silence')} value={duration} times={times} more={[t('vehicle.silenceHint')]} />
    case 'alert': return (
      <>
        <Line event={event} title={t(`alerts.types.${event.alert.type}`)} value={t(`alerts.severity.${event.alert.severity}`)} times={format.clock(event.fromMs)} more={[t(`alerts.states.${event.alert.state}`)]} />
        <button type="button" className="icon-button" aria-label={t('vehicle.openAlert')} title={t('vehicle.openAlert')} onClick={() => navigate('alerts', { fleet: event.alert.fleet_id, range: event.alert.start.slice(0, 10), alert: event.alert.id })}><Icon name="right" /></button>
      </>
    )
  }
}

function Line({ event, title, value, times, more }: { event: DayEvent; title: string; value: string; times: string; more: string[] }) {
  return (
    <button type="button" className="event-line" data-from={new Date(event.fromMs).toISOString()} onClick={() => seek(event.fromMs)}>
      <span className="event-mark" aria-hidden="true">{event.kind === 'alert' ? <SeverityMark severity={event.alert.severity} /> : <i />}</span>
      <b>{title}</b><b className="num">{value}</b>
      <span className="num">{times}</span><span className="num more">{more.filter((part) => part !== '').join(' · ')}</span>
    </button>
  )
}
