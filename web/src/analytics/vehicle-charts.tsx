// SPDX-License-Identifier: Apache-2.0
// Speed, battery, temperature with humidity of the vehicle in focus: three small charts on the same axis as the comparison.
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '../api/types'
import { useFormat } from '../app/hooks'
import type { Rule } from './api'
import { useCursor, useQuery } from './analytics-store'
import { Chart } from './chart'
import { styleOf } from './chart-model'
import { lastOf, valueNear } from './grid'
import { indexAt } from './legend'
import { limitsOf, shadesOf } from './marks'
import type { Metric } from './metrics'
import { vehicleModel } from './models'
import type { Reading } from './reading'
import type { TimeText } from './time-text'
import { type SeriesSet, useSeries, type View } from './use-analytics'
import { metricText } from './values'

const kCharts = [['speed'], ['battery'], ['temp', 'humidity']] as const

interface Props {
  device: string
  index: number
  fleet: string
  view: View
  points: number
  turn: number
  alerts: readonly Alert[]
  rules: readonly Rule[]
  height: number
  time: TimeText
  onZoom: (fromMs: number, toMs: number) => void
}

export function VehicleCharts(props: Props) {
  const { device, view, points, turn } = props
  const ids = useMemo(() => [device], [device])
  const speed = useSeries(ids, 'speed', view, points, turn)
  const battery = useSeries(ids, 'battery', view, points, turn)
  const temp = useSeries(ids, 'temp', view, points, turn)
  const humidity = useSeries(ids, 'humidity', view, points, turn)
  const sets = { speed, battery, temp, humidity }
  return kCharts.map((metrics) => <SmallChart key={metrics[0]} {...props} metrics={metrics} sets={sets} />)
}

function SmallChart({ device, index, fleet, alerts, rules, height, time, onZoom, metrics, sets }: Props & { metrics: readonly Metric[]; sets: Record<Metric, Reading<SeriesSet>> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const tight = useQuery((s) => s.tight)
  const first = metrics[0]!
  const readings = metrics.map((metric) => sets[metric])
  const values = readings.map((reading) => reading.value)
  const model = useMemo(() => {
    const parts = metrics.flatMap((metric, i) => {
      const grid = values[i]?.grid
      const line = grid?.lines.find((one) => one.device === device)
      const style = styleOf(index)
      // Two metrics of one vehicle are told apart by dashes as well as by colour.
      return grid && line ? [{ metric, grid, line, colour: i === 0 ? style.colour : '--tx-3', dash: i === 0 ? style.dash : [4, 3] }] : []
    })
    if (parts.length !== metrics.length) return null
    const { fromMs, toMs, nowMs } = values[0]!.view
    return vehicleModel(parts, { fromMs, toMs, tight, shades: shadesOf(alerts, first, fromMs, toMs, nowMs), limits: limitsOf(rules, first, fleet, [device]).map((value) => ({ value, text: metricText(format, first, value) })) })
    // `values` is made anew each time; what is in it is not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [...values, metrics, device, index, tight, alerts, rules, fleet, first, format])
  const failure = readings.find((reading) => reading.failure !== null)?.failure ?? null
  const empty = values.every((value) => value !== null && value.grid.lines.every((line) => line.samples === 0))
  const names = metrics.map((metric) => t(`analytics.metric.${metric}`)).join(', ')
  return (
    <section className={`card small-chart small-${first}`} aria-label={t('analytics.smallLabel', { metric: names, id: device })}>
      <header className="card-head">
        <h2>{metrics.map((metric, i) => <span key={metric} className={i === 0 ? undefined : 'second'}>{t(`analytics.metric.${metric}`)}</span>)}</h2>
        <span className="small-id">{device}</span>
        <Readout sets={sets} metrics={metrics} device={device} />
      </header>
      <div className="plot-box" style={{ minHeight: height }}>
        {failure !== null && <p className="plot-note bad" role="alert">{t('analytics.failed', { reason: failure })}</p>}
        {failure === null && !model && <div className="skeleton plot-skeleton" style={{ height }} />}
        {empty && <p className="plot-note">{t('analytics.empty', { metric: names })}</p>}
        {model && <Chart id={first} model={model} height={height} time={time} label={summary(model.lines.length, sets, metrics, device, (metric, value) => metricText(format, metric, value), t)} onZoom={onZoom} />}
      </div>
    </section>
  )
}

function Readout({ sets, metrics, device }: { sets: Record<Metric, Reading<SeriesSet>>; metrics: readonly Metric[]; device: string }) {
  const format = useFormat()
  const at = useCursor((s) => s.ms)
  return (
    <span className="readout num">
      {metrics.map((metric) => {
        const grid = sets[metric].value?.grid
        const line = grid?.lines.find((one) => one.device === device)
        if (!grid || !line) return null
        const value = at === null ? lastOf(line.mean) : valueNear(line.mean, indexAt(grid, at))
        return <b key={metric} data-readout={metric}>{metricText(format, metric, value)}</b>
      })}
    </span>
  )
}

/** What the picture says, for those who do not see it. */
function summary(lines: number, sets: Record<Metric, Reading<SeriesSet>>, metrics: readonly Metric[], device: string, text: (metric: Metric, value: number) => string, t: (key: string, values: Record<string, string>) => string): string {
  const parts = metrics.slice(0, lines).map((metric) => {
    const line = sets[metric].value?.grid.lines.find((one) => one.device === device)
    const name = t(`analytics.metric.${metric}`, {})
    return line && line.samples > 0 ? t('analytics.between', { metric: name, low: text(metric, line.low), high: text(metric, line.high) }) : name
  })
  return `${device}: ${parts.join('; ')}`
}

