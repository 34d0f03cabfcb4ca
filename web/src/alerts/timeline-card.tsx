// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '../api/types'
import { useFormat, useNow } from '../app/hooks'
import { axisTicks } from '../app/time-axis'
import { parseRange } from '../app/time-range'
import { setQuery, useAlerts } from './alerts-store'
import { shapeAt } from '../shell/severity-mark'
import { lanesOf } from './timeline'

const kLanes = 7
const kLanePx = 20
const kMarkPx = 9
const kInsetPx = 8
const kDayMs = 86_400_000

/** The table has all that is here, so for a reader of the screen the timeline is one picture. */
export function TimelineCard({ shown }: { shown: readonly Alert[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const range = useAlerts((s) => s.query.range)
  const open = useAlerts((s) => s.query.alert)
  const asked = useAlerts((s) => s.askedMs)
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0))
    if (box.current) watch.observe(box.current)
    return () => watch.disconnect()
  }, [])
  const clock = useNow(60_000)
  const [fromMs, toMs] = useMemo(() => {
    const now = asked ?? clock
    const span = parseRange(range, now)!
    return [span.fromMs, span.toMs ?? now]
  }, [range, asked, clock])
  const inner = Math.max(1, width - 2 * kInsetPx)
  const lanes = useMemo(() => lanesOf(shown.filter((a) => !a.retracted), fromMs, toMs, kLanes, Math.max(1, Math.floor(inner / kMarkPx))), [shown, fromMs, toMs, inner])
  const { stepMs, ticks } = axisTicks(fromMs, toMs, Math.max(2, Math.floor(inner / 90)))
  const x = (at: number) => kInsetPx + at * inner
  const height = Math.max(1, lanes.length) * kLanePx
  const tickText = (ms: number) => (stepMs >= kDayMs || (ms % kDayMs === 0 && toMs - fromMs > kDayMs) ? format.day(new Date(ms).toISOString().slice(0, 10)) : format.clockMinute(ms))
  return (
    <section className="card timeline" aria-label={t('alerts.timeline')}>
      <div className="lane-names">
        {lanes.map((lane) => (lane.vehicle === null
          ? <span key="" className="lane-name others">{t('alerts.others')}<span className="num">{format.int(lane.alerts)}</span></span>
          : <button key={lane.vehicle} type="button" className="lane-name" title={t('alerts.onlyVehicle', { id: lane.vehicle })} onClick={() => setQuery({ vehicle: lane.vehicle! })}>{lane.vehicle}<span className="num">{format.int(lane.alerts)}</span></button>))}
      </div>
      <div className="lane-box" ref={box}>
        {width > 0 && (
          <svg width={width} height={height + 18} role="img" aria-label={t('alerts.timelineSummary', { count: shown.length, n: format.int(shown.length) })}>
            {ticks.map((ms) => <path key={ms} className="lane-tick" d={`M${x((ms - fromMs) / (toMs - fromMs)).toFixed(1)} 0v${height}`} />)}
            {lanes.map((lane, i) => (
              <g key={lane.vehicle ?? ''}>
                <path className="lane-line" d={`M0 ${i * kLanePx + kLanePx / 2}H${width}`} />
                {lane.marks.map((mark) => (
                  <path
                    key={`${mark.severity}${mark.id}`} className={`sev-mark ${mark.severity.toLowerCase()}${mark.id === open ? ' here' : ''}`} data-mark={mark.severity}
                    {...shapeAt(mark.severity, x(mark.at), i * kLanePx + kLanePx / 2, mark.count > 9 ? 1.25 : mark.count > 1 ? 1.05 : 0.85)} fill="currentColor" onClick={() => setQuery({ alert: mark.id })}
                  >
                    <title>{t('alerts.mark', { count: mark.count, n: format.int(mark.count), severity: t(`alerts.severity.${mark.severity}`), time: format.dateTime(fromMs + mark.at * (toMs - fromMs)) })}</title>
                  </path>
                ))}
              </g>
            ))}
            {ticks.map((ms) => {
              const at = x((ms - fromMs) / (toMs - fromMs))
              return at < 30 || at > width - 30 ? null : <text key={ms} className="lane-time num" x={at} y={height + 13} textAnchor="middle">{tickText(ms)}</text>
            })}
          </svg>
        )}
        {lanes.length === 0 && <p className="note timeline-empty">{t('alerts.timelineEmpty')}</p>}
      </div>
    </section>
  )
}
