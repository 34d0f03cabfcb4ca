// SPDX-License-Identifier: Apache-2.0
// Several vehicles on one metric, or the fleet as bands.
import { type Ref, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '../api/types'
import { useFormat } from '../app/hooks'
import { useCursor, useQuery } from './analytics-store'
import { Chart, type ChartHandle } from './chart'
import type { ChartModel } from './chart-model'
import { BandLegend } from './band-legend'
import { indexAt, Legend } from './legend'
import { valueNear } from './grid'
import { kMetricInfo } from './metrics'
import type { Bands } from './percentiles'
import type { TimeText } from './time-text'
import type { SeriesSet } from './use-analytics'
import { metricText } from './values'

const kNone: readonly string[] = []

interface Props {
  /** Null = not known yet. */
  vehicles: readonly string[] | null
  focus: string | null
  set: SeriesSet | null
  bands: Bands | null
  model: ChartModel | null
  busy: boolean
  failure: string | null
  alerts: ReadonlyMap<string, Alert[]> | null
  hidden: ReadonlySet<string>
  height: number
  time: TimeText
  points: number
  chart: Ref<ChartHandle>
  onHighlight: (line: number | null) => void
  onToggle: (id: string) => void
  onZoom: (fromMs: number, toMs: number) => void
  onRetry: () => void
}

export function CompareCard({ vehicles, focus, set, bands, model, busy, failure, alerts, hidden, height, time, points, chart, onHighlight, onToggle, onZoom, onRetry }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const asked = useQuery((s) => s.metric)
  const metric = set?.metric ?? asked
  const [hovered, setHovered] = useState<string | null>(null)
  const ids = vehicles ?? kNone
  const shown = useMemo(() => ids.filter((id) => !hidden.has(id) && set?.grid.lines.some((line) => line.device === id)), [ids, hidden, set])
  const hover = (id: string | null) => {
    setHovered(id)
    const at = id === null ? -1 : shown.indexOf(id)
    onHighlight(at < 0 ? null : at)
  }
  const empty = set !== null && set.grid.lines.every((line) => line.samples === 0)
  const title = t(`analytics.metric.${metric}`)
  const bucket = set ? format.age(set.grid.bucketMs / 1000) : ''
  return (
    <section className="card compare" aria-labelledby="compare-title" data-busy={busy} data-hovered={hovered ?? undefined}>
      <header className="card-head">
        <h2 id="compare-title">{bands ? t('analytics.bandsTitle', { metric: title }) : t('analytics.compareTitle', { metric: title })}<small>{kMetricInfo[metric].unit}</small></h2>
        {set && <span className="note num" data-points={points}>{t('analytics.bucket', { bucket, count: points, n: format.int(points) })}</span>}
        {busy && <span className="note" role="status">{t('analytics.reading')}</span>}
      </header>
      <div className="compare-body">
        <div className="plot-box" style={{ minHeight: height }}>
          {failure !== null && <p className="plot-note bad" role="alert">{t('analytics.failed', { reason: failure })} <button type="button" className="control" onClick={onRetry}>{t('error.retry')}</button></p>}
          {vehicles?.length === 0 && <p className="plot-note" role="status">{t('table.empty')}</p>}
          {failure === null && !model && vehicles?.length !== 0 && <div className="skeleton plot-skeleton" style={{ height }} role="status" aria-label={t('analytics.reading')} />}
          {empty && failure === null && <p className="plot-note" role="status" data-empty>{t('analytics.empty', { metric: title })}</p>}
          {model && <Chart ref={chart} id="compare" model={model} height={height} time={time} keys label={t('analytics.chartLabel', { metric: title })} onZoom={onZoom} />}
          {model && <Spoken set={set} time={time} shown={shown} />}
        </div>
        {bands
          ? <BandLegend bands={bands} metric={metric} time={time} />
          : <Legend ids={ids} grid={set?.grid ?? null} metric={metric} time={time} focus={focus} hidden={hidden} failed={set?.failed ?? new Map()} alerts={alerts} onToggle={onToggle} onHover={hover} height={height} />}
      </div>
    </section>
  )
}

/** The values under the cursor in words, for readers of the screen who move it by keys. */
function Spoken({ set, time, shown }: { set: SeriesSet | null; time: TimeText; shown: readonly string[] }) {
  const format = useFormat()
  const at = useCursor((s) => s.ms)
  if (!set || at === null || shown.length > 8) return null
  const { metric } = set
  const index = indexAt(set.grid, at)
  const words = shown.map((id) => `${id} ${metricText(format, metric, valueNear(set.grid.lines.find((line) => line.device === id)!.mean, index))}`)
  return <p className="visually-hidden" aria-live="polite">{`${time.bucket(set.grid.xs[index]!, set.grid.bucketMs)}: ${words.join(', ')}`}</p>
}
