// SPDX-License-Identifier: Apache-2.0
// How fast the compared vehicles drove, as shares of their records.
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { speedClassOf } from '../live/vehicle-store'
import { distributionOf } from './figures'
import type { SeriesSet } from './use-analytics'

export function DistributionCard({ speed }: { speed: SeriesSet | null }) {
  const { t } = useTranslation()
  const format = useFormat()
  const bins = useMemo(() => (speed ? distributionOf(speed.grid.lines) : null), [speed])
  const most = Math.max(...(bins ?? []).map((bin) => bin.share), 0)
  return (
    <section className="card distribution-card" aria-labelledby="distribution-title">
      <header className="card-head">
        <h2 id="distribution-title">{t('analytics.distribution')}</h2>
        {speed && <span className="note num">{t('analytics.distributionNote', { bucket: format.age(speed.grid.bucketMs / 1000) })}</span>}
      </header>
      {speed && !bins && <p className="plot-note">{t('analytics.empty', { metric: t('analytics.metric.speed') })}</p>}
      {!speed && <div className="skeleton plot-skeleton" style={{ height: 150 }} />}
      {bins && (
        <ol className="bins num">
          {bins.map((bin) => {
            const name = bin.to === null ? `≥ ${format.int(bin.from)}` : `${format.int(bin.from)}–${format.int(bin.to)}`
            return (
              <li key={bin.from} title={`${name} km/h: ${format.percent(100 * bin.share)}`}>
                <span className="bin-name">{name}</span>
                <i className="bar-track" aria-hidden="true"><i className={`speed-${speedClassOf(bin.from * 100 + 500)}`} style={{ width: `${most === 0 ? 0 : (100 * bin.share) / most}%` }} /></i>
                <span className="bin-share">{format.percent(100 * bin.share)}</span>
              </li>
            )
          })}
        </ol>
      )}
    </section>
  )
}
