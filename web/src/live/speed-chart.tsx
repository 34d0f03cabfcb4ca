// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { chartPaths, kChartHeight, kChartWidth } from './chart-paths'
import { kTrailMinutes, type Trail } from './use-trail'

export function SpeedChart({ trail }: { trail: Trail | null }) {
  const { t } = useTranslation()
  const format = useFormat()
  const speeds = (trail?.points ?? []).flatMap((p) => (p.speed === null ? [] : [p.speed]))
  const max = speeds.length === 0 ? null : Math.max(...speeds)
  return (
    <div className="drawer-part chart">
      <h3>{t('drawer.chart', { n: kTrailMinutes })}<span className="aside num">{max === null ? '' : t('drawer.max', { value: format.with(max, 'km/h') })}</span></h3>
      {trail?.phase === 'failed' && <p className="note bad">{t('drawer.chartFailed', { reason: trail.reason })}</p>}
      {trail?.phase === 'ready' && speeds.length < 2 && <p className="note">{t('drawer.chartEmpty')}</p>}
      {(!trail || trail.phase === 'loading') && <div className="skeleton chart-box" />}
      {trail?.phase === 'ready' && speeds.length >= 2 && max !== null && <Plot trail={trail} max={max} min={Math.min(...speeds)} />}
    </div>
  )
}

function Plot({ trail, max, min }: { trail: Trail; max: number; min: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  const top = max > 90 ? 130 : max > 60 ? 90 : 60
  const span = kTrailMinutes * 60_000
  const from = trail.endMs - span
  const { lines, area } = chartPaths(trail.points, from, trail.endMs, Math.max(top, max))
  const ticks = [1, 2, 3].map((i) => from + (span * i) / 3 - span / 6)
  return (
    <>
      <div className="chart-frame">
        <div className="chart-y num" aria-hidden="true"><span>{format.int(Math.max(top, max))}</span><span>{format.int(Math.max(top, max) / 2)}</span><span>0</span></div>
        <svg className="chart-box" viewBox={`0 0 ${kChartWidth} ${kChartHeight}`} preserveAspectRatio="none" role="img" aria-label={t('drawer.chartSummary', { min: format.with(min, 'km/h'), max: format.with(max, 'km/h') })}>
          <path className="chart-grid" d={`M0 .5H${kChartWidth}M0 ${kChartHeight / 2}H${kChartWidth}M0 ${kChartHeight - 0.5}H${kChartWidth}`} />
          <path className="chart-area" d={area} />
          {lines.map((line, i) => <path key={i} className={`chart-line stroke-${line.speedClass}`} d={line.d} />)}
        </svg>
      </div>
      <div className="chart-x num" aria-hidden="true">{ticks.map((ms) => <span key={ms}>{format.clockMinute(ms)}</span>)}</div>
    </>
  )
}
