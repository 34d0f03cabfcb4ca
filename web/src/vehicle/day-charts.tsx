// SPDX-License-Identifier: Apache-2.0
// Speed, battery and temperature under the scrubber, on the same time: a click moves the replay there, the pointer shows where the
// vehicle was.
import { type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import type { Formatter } from '../i18n/format'
import { axisTicks } from '../app/time-axis'
import { kSpeedLimits } from '../live/vehicle-store'
import { type DayTrack, instantAt, kMetrics, type Metric, type Span } from './day-track'
import type { DayEvent } from './events'
import { Player, Scrubber } from './player'
import { plotOf, rangeOf, scaleOf } from './plot'
import { seek, useReplay, type VehicleDay } from './vehicle-store'

const kHeights: Record<Metric, number> = { speed: 64, battery: 38, temp: 38 }
const kPad = 4

export function ReplayCard({ day, events, span }: { day: VehicleDay; events: readonly DayEvent[]; span: Span }) {
  const { t } = useTranslation()
  const format = useFormat()
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const { ticks } = axisTicks(span.fromMs, span.toMs, Math.max(2, Math.floor(width / 80)))
  const x = (ms: number) => ((ms - span.fromMs) / (span.toMs - span.fromMs)) * width
  return (
    <section className="card replay" aria-label={t('vehicle.replay')}>
      <Player day={day} events={events} span={span} />
      <div className="lines">
        <span className="lines-name">{t('vehicle.course')}</span>
        <div ref={box} className="lines-plot">{width > 0 && <Scrubber day={day} events={events} span={span} width={width} />}</div>
        {kMetrics.map((metric) => <MetricRow key={metric} metric={metric} day={day} events={events} span={span} width={width} />)}
        <span className="lines-name axis-zone note">{t('vehicle.yourTime')}</span>
        <div className="axis num" aria-hidden="true">
          {ticks.map((ms) => { const at = x(ms); return at < 18 || at > width - 18 ? null : <span key={ms} style={{ left: at }}>{format.clockMinute(ms)}</span> })}
        </div>
      </div>
    </section>
  )
}

interface RowProps {
  metric: Metric
  day: VehicleDay
  events: readonly DayEvent[]
  span: Span
  width: number
}

export function valueText(format: Formatter, metric: Metric, value: number | null): string {
  return metric === 'speed' ? format.with(value, 'km/h') : metric === 'battery' ? format.percent(value) : format.with(value, '°C')
}

function MetricRow({ metric, day, events, span, width }: RowProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const height = kHeights[metric]
  const range = useMemo(() => rangeOf(day.track, metric), [day.track, metric])
  const scale = useMemo(() => (range === null ? null : scaleOf(metric, range)), [metric, range])
  const plot = useMemo(() => (scale === null || width === 0 ? null : plotOf(day.track, metric, span, scale, width, height)), [day.track, metric, span, scale, width, height])
  const timeAt = (event: PointerEvent<HTMLElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect()
    return span.fromMs + ((event.clientX - bounds.left) / bounds.width) * (span.toMs - span.fromMs)
  }
  const alerts = events.filter((event) => event.kind === 'alert')
  const x = (ms: number) => ((ms - span.fromMs) / (span.toMs - span.fromMs)) * width
  return (
    <>
      <div className="lines-name">
        <span>{t(`drawer.${metric}`)}</span>
        <Value metric={metric} track={day.track} />
      </div>
      {/* The scrubber above is the same slider for the keyboard. */}
      <div
        className="lines-plot metric" data-metric={metric} style={{ height: height + 2 * kPad }} onPointerMove={(event) => useReplay.setState({ ghostMs: timeAt(event) })}
        onPointerLeave={() => useReplay.setState({ ghostMs: null })} onPointerDown={(event) => seek(timeAt(event))}
      >
        {plot !== null && scale !== null && range !== null && (
          <>
            <svg width={width} height={height + 2 * kPad} role="img" aria-label={t('vehicle.chartSummary', { name: t(`drawer.${metric}`), min: valueText(format, metric, range.bottom), max: valueText(format, metric, range.top) })}>
              {metric === 'speed' && <SpeedPaint top={scale.top} height={height} />}
              <g transform={`translate(0 ${kPad})`}>
                {day.gaps.map((gap) => <rect key={gap.fromMs} className="gap-span" x={x(gap.fromMs)} y={-kPad} width={Math.max(0, x(gap.toMs) - x(gap.fromMs))} height={height + 2 * kPad} />)}
                {alerts.map((event) => <rect key={event.key} className={`chart-span ${event.alert.severity.toLowerCase()}`} x={x(event.fromMs)} y={-kPad} width={Math.max(1.5, x(event.toMs) - x(event.fromMs))} height={height + 2 * kPad} />)}
                <path className="chart-grid" d={`M0 .5H${width}M0 ${height / 2}H${width}M0 ${height - 0.5}H${width}`} />
                <path className={`chart-line ${metric === 'speed' ? 'by-speed' : 'metric'}`} d={plot.d} />
                {plot.dots.map((dot) => <circle key={dot.x} className="chart-dot" cx={dot.x} cy={dot.y} r="2" />)}
              </g>
            </svg>
            <span className="scale-end top num" aria-hidden="true">{format.int(scale.top)}</span>
            <span className="scale-end bottom num" aria-hidden="true">{format.int(scale.bottom)}</span>
          </>
        )}
        {range === null && <p className="note lines-empty">{t('vehicle.noMetric')}</p>}
        <Cursor span={span} width={width} />
      </div>
    </>
  )
}

/** The speed in the colours of the map: bounds of the classes as stops of a gradient along the axis. */
function SpeedPaint({ top, height }: { top: number; height: number }) {
  const bounds = [0, ...kSpeedLimits, Infinity]
  return (
    <defs>
      <linearGradient id="by-speed" gradientUnits="userSpaceOnUse" x1="0" y1={height} x2="0" y2="0">
        {bounds.slice(0, -1).flatMap((from, c) => (from > top ? [] : [from, Math.min(top, bounds[c + 1]!)].map((kmh, end) => <stop key={`${c}${end}`} className={`stop-${c}`} offset={kmh / top} />)))}
      </linearGradient>
    </defs>
  )
}

/** The value under the pointer, else where the replay stands. */
function Value({ metric, track }: { metric: Metric; track: DayTrack }) {
  const format = useFormat()
  const second = useReplay((s) => { const ms = s.ghostMs ?? s.atMs; return ms === null ? null : Math.floor(ms / 1000) * 1000 })
  const at = useMemo(() => (second === null ? null : instantAt(track, second)), [track, second])
  return <b className="num" data-value={metric}>{valueText(format, metric, at?.[metric] ?? null)}</b>
}

function Cursor({ span, width }: { span: Span; width: number }) {
  const format = useFormat()
  const atMs = useReplay((s) => s.atMs)
  const ghostMs = useReplay((s) => s.ghostMs)
  const x = (ms: number) => ((ms - span.fromMs) / (span.toMs - span.fromMs)) * width
  const inside = (ms: number | null): ms is number => ms !== null && ms >= span.fromMs && ms <= span.toMs
  return (
    <>
      {inside(atMs) && <i className="cursor" aria-hidden="true" style={{ left: x(atMs) }} />}
      {inside(ghostMs) && <i className="cursor ghost" aria-hidden="true" style={{ left: x(ghostMs) }}><span className="num">{format.clock(ghostMs)}</span></i>}
    </>
  )
}

function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)))
    if (box.current) watch.observe(box.current)
    return () => watch.disconnect()
  }, [box])
  return width
}
