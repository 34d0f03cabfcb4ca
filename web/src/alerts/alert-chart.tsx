// SPDX-License-Identifier: Apache-2.0
// The metric around an alert, with the limit as a line and the time of the alert shaded.
import { useTranslation } from 'react-i18next'
import type { Alert, HistoryRecord } from '../api/types'
import { useFormat } from '../app/hooks'
import { chartShape } from './chart'
import { type Metric, valueText } from './values'

const kWidth = 320
const kHeight = 90
const kAroundMs = 600_000

export function AlertChart({ alert, metric, records, failure }: { alert: Alert; metric: Metric; records: HistoryRecord[] | null; failure: string | null }) {
  const { t } = useTranslation()
  const format = useFormat()
  const startMs = Date.parse(alert.start)
  const endMs = alert.end === null ? Math.max(startMs, ...(records ?? []).slice(-1).map((r) => Date.parse(r.ts))) : Math.min(Date.parse(alert.end), startMs + 6 * kAroundMs)
  const from = startMs - kAroundMs
  const to = endMs + kAroundMs
  const shape = records && chartShape(records, metric, alert.limit, from, to, kWidth, kHeight)
  const x = (ms: number) => ((ms - from) / (to - from)) * kWidth
  const y = shape && alert.limit !== null ? kHeight - ((alert.limit - shape.bottom) / (shape.top - shape.bottom)) * kHeight : null
  return (
    <div className="drawer-part chart">
      <h3>{t(`alerts.metric.${metric}`)}<span className="aside num">{alert.limit === null ? '' : `${t('alerts.limit')} ${valueText(format, alert.type, alert.limit)}`}</span></h3>
      {failure !== null && <p className="note bad">{t('drawer.chartFailed', { reason: failure })}</p>}
      {!records && failure === null && <div className="skeleton chart-box" />}
      {records && failure === null && !shape && <p className="note">{t('drawer.chartEmpty')}</p>}
      {shape && (
        <>
          <div className="chart-frame">
            <div className="chart-y num" aria-hidden="true"><span>{format.int(shape.top)}</span><span>{format.int((shape.top + shape.bottom) / 2)}</span><span>{format.int(shape.bottom)}</span></div>
            <svg className="chart-box" viewBox={`0 0 ${kWidth} ${kHeight}`} preserveAspectRatio="none" role="img" aria-label={t('alerts.chartSummary', { peak: valueText(format, alert.type, alert.peak), limit: valueText(format, alert.type, alert.limit) })}>
              <rect className={`chart-span ${alert.severity.toLowerCase()}`} x={x(startMs)} y="0" width={Math.max(1.5, x(endMs) - x(startMs))} height={kHeight} />
              <path className="chart-grid" d={`M0 .5H${kWidth}M0 ${kHeight / 2}H${kWidth}M0 ${kHeight - 0.5}H${kWidth}`} />
              {y !== null && <path className="chart-limit" d={`M0 ${y.toFixed(1)}H${kWidth}`} data-limit={alert.limit} />}
              <path className="chart-line metric" d={shape.line} />
            </svg>
          </div>
          <div className="chart-x num" aria-hidden="true">{[from, (from + to) / 2, to].map((ms) => <span key={ms}>{format.clockMinute(ms)}</span>)}</div>
        </>
      )}
    </div>
  )
}
