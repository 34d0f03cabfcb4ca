// SPDX-License-Identifier: Apache-2.0
// The replay: its clock, the buttons, and the band of the day that is its scrubber.
import { type PointerEvent, useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { Icon } from '../shell/icons'
import { shapeAt } from '../shell/severity-mark'
import { instantAt, type Span } from './day-track'
import { type DayEvent, neighbour } from './events'
import { advance, joined, kRates } from './replay'
import { keepAddress, seek, useReplay, type VehicleDay } from './vehicle-store'

/** A page that was hidden for long goes on where it was. */
const kLongestFrameMs = 500

/** Runs the clock while it plays. */
export function useClock(day: VehicleDay | null, span: Span | null): void {
  const skips = useMemo(() => (day === null ? [] : joined([...day.stops.map((s) => ({ fromMs: Date.parse(s.start), toMs: Date.parse(s.end) })), ...day.gaps])), [day])
  const playing = useReplay((s) => s.playing)
  useEffect(() => {
    if (!playing || span === null) return
    let before = performance.now()
    let frame = 0
    const tick = (now: number) => {
      const { atMs, rate, skip } = useReplay.getState()
      if (atMs !== null) {
        const next = advance(atMs, Math.min(kLongestFrameMs, now - before), rate, span, skip ? skips : [])
        useReplay.setState(next.ended ? { atMs: next.atMs, playing: false } : { atMs: next.atMs })
        if (next.ended) keepAddress()
      }
      before = now
      frame = requestAnimationFrame(tick)
    }
    frame = requestAnimationFrame(tick)
    return () => {
      cancelAnimationFrame(frame)
      keepAddress()
    }
  }, [playing, span, skips])
}

/** At the end it begins again. */
export function togglePlay(span: Span): void {
  const { atMs, playing } = useReplay.getState()
  useReplay.setState({ playing: !playing, atMs: !playing && (atMs === null || atMs >= span.toMs) ? span.fromMs : atMs })
}

export function Player({ day, events, span }: { day: VehicleDay; events: readonly DayEvent[]; span: Span }) {
  const { t } = useTranslation()
  const { playing, rate, skip } = useReplay()
  const empty = day.track.count === 0
  const step = (forward: boolean) => {
    const to = neighbour(events, useReplay.getState().atMs ?? span.fromMs, forward)
    if (to !== null) seek(to)
  }
  return (
    <div className="player">
      <Clock day={day} />
      <div className="player-keys" role="group" aria-label={t('vehicle.replay')}>
        <button type="button" className="icon-button" aria-label={t('vehicle.previousEvent')} title={`${t('vehicle.previousEvent')} (k)`} disabled={empty} onClick={() => step(false)}><Icon name="first" /></button>
        <button type="button" className="play" data-play aria-pressed={playing} aria-label={t(playing ? 'vehicle.pause' : 'vehicle.play')} title={`${t(playing ? 'vehicle.pause' : 'vehicle.play')} (${t('vehicle.space')})`} disabled={empty} onClick={() => togglePlay(span)}>
          <Icon name={playing ? 'pause' : 'play'} />
        </button>
        <button type="button" className="icon-button" aria-label={t('vehicle.nextEvent')} title={`${t('vehicle.nextEvent')} (j)`} disabled={empty} onClick={() => step(true)}><Icon name="last" /></button>
      </div>
      <div className="segments" role="group" aria-label={t('vehicle.rate')}>
        {kRates.map((one) => <button key={one} type="button" className="num" data-rate={one} aria-pressed={one === rate} onClick={() => useReplay.setState({ rate: one })}>{one}×</button>)}
      </div>
      <label className="skip-stops"><input type="checkbox" checked={skip} data-skip onChange={(event) => useReplay.setState({ skip: event.target.checked })} />{t('vehicle.skip')}</label>
      <Values day={day} />
    </div>
  )
}

function Clock({ day }: { day: VehicleDay }) {
  const { t } = useTranslation()
  const format = useFormat()
  const atMs = useReplay((s) => s.atMs)
  const second = atMs === null ? null : Math.floor(atMs / 1000) * 1000
  return (
    <p className="player-clock num" title={second === null ? undefined : format.dateTimeUtc(second)} data-clock={second ?? ''} data-day={day.day}>
      <b>{second === null ? '–' : format.clock(second)}</b>
      <span className="visually-hidden">{t('vehicle.replay')}</span>
    </p>
  )
}

/** What the vehicle was doing at the instant. */
function Values({ day }: { day: VehicleDay }) {
  const { t } = useTranslation()
  const format = useFormat()
  const atMs = useReplay((s) => s.atMs)
  const second = atMs === null ? null : Math.floor(atMs / 1000) * 1000
  const at = useMemo(() => (second === null ? null : instantAt(day.track, second)), [day.track, second])
  if (at === null || second === null) return null
  return (
    <p className="player-values note num">
      {at.unknown
        ? <span className="unknown">{second < at.fixMs ? t('vehicle.before', { time: format.clockMinute(at.fixMs) }) : t('vehicle.silent', { age: format.age((second - at.fixMs) / 1000) })}</span>
        : <span>{`${format.degree(at.lat)} · ${format.degree(at.lon)}`}</span>}
    </p>
  )
}

const kBand = 22

/** Trips, stops, silences and alerts over time. It is a slider: the page's keys move it as well. */
export function Scrubber({ day, events, span, width }: { day: VehicleDay; events: readonly DayEvent[]; span: Span; width: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  const atMs = useReplay((s) => s.atMs)
  const x = (ms: number) => ((ms - span.fromMs) / (span.toMs - span.fromMs)) * width
  const to = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    seek(span.fromMs + (Math.max(0, Math.min(1, (event.clientX - box.left) / box.width))) * (span.toMs - span.fromMs))
  }
  const band = useMemo(() => events.flatMap((event) => {
    if (event.kind === 'alert') return []
    const left = Math.max(0, x(event.fromMs))
    return [<rect key={event.key} className={`band-${event.kind}`} x={left} y="5" width={Math.max(1.5, Math.min(width, x(event.toMs)) - left)} height={kBand - 10} rx="2" />]
    // oxlint-disable-next-line react/exhaustive-deps -- x is made of the span and the width
  }), [events, span, width])
  const marks = useMemo(() => events.flatMap((event) => (event.kind !== 'alert' ? [] : [
    <path key={event.key} className={`sev-mark ${event.alert.severity.toLowerCase()}`} {...shapeAt(event.alert.severity, x(event.fromMs), kBand / 2, 0.8)} fill="currentColor" />,
    // oxlint-disable-next-line react/exhaustive-deps
  ])), [events, span, width])
  return (
    <div
      className="scrubber" role="slider" tabIndex={0} aria-label={t('vehicle.scrubber')} aria-valuemin={span.fromMs} aria-valuemax={span.toMs} aria-valuenow={atMs === null ? span.fromMs : Math.round(atMs)}
      aria-valuetext={atMs === null ? '–' : format.clock(atMs)} data-day={day.day}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        to(event)
      }}
      onPointerMove={(event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) to(event) }}
    >
      <svg width={width} height={kBand} aria-hidden="true">
        <defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path className="hatch" d="M0 0v5" /></pattern></defs>
        <rect className="band-back" x="0" y="5" width={width} height={kBand - 10} rx="2" />
        {band}
        {marks}
      </svg>
      {atMs !== null && atMs >= span.fromMs && <i className="knob" aria-hidden="true" style={{ left: x(Math.min(atMs, span.toMs)) }} />}
    </div>
  )
}
