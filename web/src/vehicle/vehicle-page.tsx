// SPDX-License-Identifier: Apache-2.0
// The page of one vehicle: a day of it as track, course and curves, and its replay.
import '../design/vehicle.css'
import { type MouseEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Fleet } from '../api/types'
import { useFormat, useNow } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { navigate } from '../app/pages'
import type { FleetMap } from '../map/fleet-map'
import { addDays, today } from '../shell/calendar'
import { DatePicker } from '../shell/date-picker'
import { Icon, StateMark } from '../shell/icons'
import { DayMap } from './day-map'
import { ReplayCard } from './day-charts'
import { DaysStrip } from './days-strip'
import { eventsOf } from './events'
import { exportName, exportUrl, isOneAnswer, kExports, save, wholeCsv } from './export'
import { Itinerary } from './itinerary'
import { useClock } from './player'
import { hoursAround } from './plot'
import { endOf, startOf } from './query'
import { useVehicleKeys } from './use-keys'
import { chooseDay, followVehicle, retryVehicle, setVehicleQuery, useReplay, useVehicle } from './vehicle-store'

const kOldMs = 15_000

export function VehiclePage({ id, fleets }: { id: string; fleets: Fleet[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { query, device, day, phase, failure, tries } = useVehicle()
  const map = useRef<FleetMap>(null)
  useEffect(() => followVehicle(id, query.day), [id, query.day, tries])
  // The fleet of the other pages is that of the vehicle; and the day in the address is the one that is shown.
  const fleet = device?.fleet_id ?? null
  useEffect(() => {
    if (fleet !== null && usePage.getState().fleet !== fleet) setPage({ fleet, sel: null, map: null }, 'replace')
  }, [fleet])
  useEffect(() => {
    if (day !== null && query.day === null) setVehicleQuery({ day: day.day, atMs: null }, 'replace')
  }, [day, query.day])

  const events = useMemo(() => (day === null ? [] : eventsOf(day.trips, day.stops, day.gaps, day.alerts)), [day])
  const first = day === null || day.track.count === 0 ? null : day.track.ts[0]!
  const last = day === null || day.track.count === 0 ? null : day.track.ts[day.track.count - 1]!
  const shownDay = day?.day ?? null
  const span = useMemo(() => {
    if (shownDay === null) return null
    return hoursAround({ fromMs: startOf(shownDay), toMs: endOf(shownDay) }, first, last)
    // The hours around are what counts.
  }, [shownDay, first, last])
  useClock(day, span)
  useVehicleKeys(day, events, span, map)

  // The instant of the address, or the beginning of what is known; of a day that goes on, its newest record.
  const wantedMs = query.atMs
  useEffect(() => {
    if (shownDay === null) {
      useReplay.setState({ atMs: null, playing: false, ghostMs: null })
      return
    }
    useReplay.setState({ atMs: wantedMs ?? (shownDay === today() ? last : first) })
    // oxlint-disable-next-line react/exhaustive-deps -- once for each day, and when the address says another instant
  }, [shownDay, wantedMs])
  // Who stands at the newest record of today goes on standing there.
  const newest = useRef<number | null>(null)
  useEffect(() => {
    const { atMs, playing } = useReplay.getState()
    if (shownDay === today() && !playing && last !== null && newest.current !== null && atMs === newest.current) useReplay.setState({ atMs: last })
    newest.current = last
  }, [shownDay, last])
  useEffect(() => () => useReplay.setState({ atMs: null, playing: false, ghostMs: null }), [])
  useEffect(() => {
    document.title = `${id} · ${t('app')}`
  }, [id, t])

  if (phase === 'unknown') {
    return (
      <main className="vehicle-page message" data-vehicle="unknown">
        <div className="empty-page"><p><b>{t('vehicle.unknown', { id })}</b></p><p className="note">{t('vehicle.unknownHint')}</p>
          <button type="button" className="control" onClick={() => navigate('live', { fleet: usePage.getState().fleet })}><Icon name="live" />{t('vehicle.toLive')}</button></div>
      </main>
    )
  }
  // Not known until the list of fleets is there; null = without limit.
  const retention = fleets.find((f) => f.fleet_id === fleet)?.retention_days
  return (
    <main className="vehicle-page" data-vehicle={phase}>
      {phase === 'failed' && <div className="notice bad" role="alert">{t('vehicle.failed', { reason: failure })} <button type="button" className="control" onClick={retryVehicle}>{t('error.retry')}</button></div>}
      {phase === 'ready' && failure !== null && <div className="notice day" role="status">{t('vehicle.stale', { reason: failure })}</div>}
      {day !== null && day.track.count === 0 && <Nothing />}
      {day?.cut && <div className="notice day" role="status">{t('vehicle.cut', { n: format.int(day.track.count) })}</div>}
      <Header id={id} />
      {(day !== null || query.day !== null) && <DaysStrip id={id} day={day?.day ?? query.day!} retentionDays={retention} records={day?.summary.records ?? 0} />}
      {day === null || span === null
        ? <>{phase === 'loading' && <p className="note loading" role="status">{t('vehicle.loading')}</p>}<div className="skeleton map-card" /><div className="skeleton itinerary" /><div className="skeleton replay" /></>
        : <><DayMap id={id} day={day} events={events} map={map} /><Itinerary day={day} events={events} /><ReplayCard day={day} events={events} span={span} /></>}
    </main>
  )
}

/** Why there is nothing on this day, and what to do. */
function Nothing() {
  const { t } = useTranslation()
  const format = useFormat()
  const { day, device, latest } = useVehicle()
  if (!day) return null
  const before = day.retentionFrom !== null && endOf(day.day) <= Date.parse(day.retentionFrom)
  const lastDay = latest?.ts?.slice(0, 10) ?? device?.last_seen?.slice(0, 10)
  const words = before ? t('vehicle.beyond', { day: format.dayLong(day.day), from: format.dayLong(day.retentionFrom!.slice(0, 10)) })
    : day.day > today() ? t('vehicle.future') : t('vehicle.nothing', { day: format.dayLong(day.day) })
  return (
    <div className="notice" role="status" data-nothing={before ? 'beyond' : 'empty'}>
      <Icon name="calendar" /><span>{words}</span>
      {lastDay !== undefined && lastDay !== day.day && <button type="button" className="control" onClick={() => chooseDay(lastDay)}>{t('vehicle.toLastDay', { day: format.day(lastDay) })}</button>}
    </div>
  )
}

function Header({ id }: { id: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { device, latest, day, query, readMs } = useVehicle()
  const now = useNow(1000)
  const shown = day?.day ?? query.day
  const isToday = shown !== null && shown >= today(now)
  const fixMs = latest?.pos_ts ? Date.parse(latest.pos_ts) : null
  const old = readMs !== null && now - readMs > kOldMs
  return (
    <header className="card vehicle-head">
      <div className="who">
        <h2>{id}</h2>
        {latest && <span className={`badge ${latest.state}`}><StateMark state={latest.state} />{t(`state.${latest.state}`)}</span>}
        <p className="note num">
          {device && <span><Icon name="truck" />{device.fleet_id}</span>}
          {latest && <span title={fixMs === null ? undefined : format.dateTimeUtc(fixMs)}>{fixMs === null ? t('drawer.noFix') : t('drawer.lastFix', { age: format.age(Math.max(0, now - fixMs) / 1000) })}</span>}
          {latest && latest.battery_pct !== null && <span><Icon name="battery" />{format.percent(latest.battery_pct)}</span>}
          {latest && latest.zone !== null && <span>{latest.zone}</span>}
        </p>
      </div>
      {isToday && readMs !== null && <span className={old ? 'pill stale num' : 'pill live num'} data-age={old ? 'old' : 'fresh'} title={t('vehicle.ageHint')}><i aria-hidden="true" />{t('vehicle.age', { age: format.age(Math.max(0, now - readMs) / 1000) })}</span>}
      {shown !== null && (
        <div className="day-choice" role="group" aria-label={t('vehicle.day')}>
          <button type="button" className="control square" aria-label={t('vehicle.previousDay')} title={`${t('vehicle.previousDay')} ([)`} onClick={() => chooseDay(addDays(shown, -1))}><Icon name="left" /></button>
          <DatePicker value={shown === today(now) ? null : shown} nowLabel={t('vehicle.today')} onChange={(picked) => chooseDay(picked ?? today())} />
          <button type="button" className="control square" aria-label={t('vehicle.nextDay')} title={`${t('vehicle.nextDay')} (])`} disabled={shown >= today(now)} onClick={() => chooseDay(addDays(shown, 1))}><Icon name="right" /></button>
        </div>
      )}
      <Exports id={id} />
      <a className="control" href={`/live?sel=${encodeURIComponent(id)}${device ? `&fleet=${encodeURIComponent(device.fleet_id)}` : ''}`} onClick={(event) => toLive(event, id, device?.fleet_id ?? null)}><Icon name="live" />{t('vehicle.onLive')}</a>
    </header>
  )
}

function toLive(event: MouseEvent, id: string, fleet: string | null): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  navigate('live', { fleet, sel: id })
}

function Exports({ id }: { id: string }) {
  const { t } = useTranslation()
  const day = useVehicle((s) => s.day)
  const [state, setState] = useState<{ busy: boolean; failure: string | null }>({ busy: false, failure: null })
  if (day === null || day.track.count === 0) return null
  const fetchCsv = (event: MouseEvent) => {
    event.preventDefault()
    setState({ busy: true, failure: null })
    wholeCsv(id, day.day).then(
      (blob) => {
        save(blob, exportName(id, day.day, 'csv'))
        setState({ busy: false, failure: null })
      },
      (error: unknown) => setState({ busy: false, failure: error instanceof Error ? error.message : String(error) }),
    )
  }
  return (
    <div className="exports" role="group" aria-label={t('vehicle.export')}>
      <Icon name="download" />
      {kExports.map((format) => (
        <a key={format} data-export={format} href={exportUrl(id, day.day, format)} download={exportName(id, day.day, format)} title={t('vehicle.exportHint', { format: t(`vehicle.formats.${format}`) })} onClick={isOneAnswer(format, day.summary.records) ? undefined : fetchCsv}>{t(`vehicle.formats.${format}`)}</a>
      ))}
      {state.busy && <span className="note" role="status">{t('vehicle.exportBusy')}</span>}
      {state.failure !== null && <span className="note bad" role="alert">{t('vehicle.exportFailed', { reason: state.failure })}</span>}
    </div>
  )
}
