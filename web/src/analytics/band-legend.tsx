// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { useCursor } from './analytics-store'
import type { Cell } from './grid'
import { indexAt } from './legend'
import type { Metric } from './metrics'
import { type Bands, kPercents } from './percentiles'
import type { TimeText } from './time-text'
import { metricText } from './values'

export function BandLegend({ bands, metric, time }: { bands: Bands; metric: Metric; time: TimeText }) {
  const { t } = useTranslation()
  const format = useFormat()
  const at = useCursor((s) => s.ms)
  const index = at === null ? bands.vehicles.findLastIndex((n) => n > 0) : indexAt(bands, at)
  const value = (cells: readonly Cell[]) => (typeof cells[index] === 'number' ? metricText(format, metric, cells[index]) : '–')
  const rows: [string, string][] = [
    [t('analytics.bandMax'), value(bands.high)],
    ...kPercents.toReversed().map((percent): [string, string] => [percent === 50 ? t('analytics.median') : t('analytics.percentile', { p: percent }), value(bands.percentiles[kPercents.indexOf(percent)]!)]),
    [t('analytics.bandMin'), value(bands.low)],
  ]
  return (
    <div className="legend-list bands">
      <p className="legend-line legend-titles"><span className="num">{at === null ? t('analytics.lastValue') : time.clock(at)}</span><span className="num">{t('analytics.ofVehicles', { count: bands.vehicles[index] ?? 0, n: format.int(bands.vehicles[index] ?? 0) })}</span></p>
      <dl>{rows.map(([name, text]) => <div key={name} className="legend-line"><dt>{name}</dt><dd className="num">{text}</dd></div>)}</dl>
      <p className="note">{t('analytics.bandsNote')}</p>
    </div>
  )
}
