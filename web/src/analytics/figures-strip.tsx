// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import type { Figures } from './figures'
import type { View } from './use-analytics'
import { distanceText, durationText } from './values'

interface Props {
  figures: Figures | null
  vehicles: number
  view: View
  failure: string | null
}

export function FiguresStrip({ figures, vehicles, view, failure }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const known = Math.max(1, Math.min(view.toMs, view.nowMs) - view.fromMs) * Math.max(1, vehicles)
  const distance = figures ? distanceText(format, figures.distanceM) : { value: '–', unit: '' }
  const share = (ms: number) => t('analytics.ofRange', { share: format.wholePercent((100 * ms) / known) })
  const cards: [id: string, value: string, unit: string, note: string][] = [
    ['distance', distance.value, distance.unit, t('analytics.tripsHint')],
    ['driving', figures ? durationText(format, figures.drivingMs) : '–', '', figures ? share(figures.drivingMs) : ''],
    ['maximum', format.dec(figures?.maximum?.value ?? null), figures?.maximum ? 'km/h' : '', figures?.maximum?.device ?? ''],
    ['samples', format.int(figures?.samples ?? null), '', t('analytics.samplesHint')],
    ['gaps', format.int(figures?.gaps ?? null), '', figures && figures.gaps > 0 ? `${durationText(format, figures.gapMs)} · ${share(figures.gapMs)}` : t('analytics.gapsHint')],
  ]
  return (
    <section className="figures" aria-label={t('analytics.figures')}>
      {failure !== null && <p className="notice bad" role="alert">{t('analytics.figuresFailed', { reason: failure })}</p>}
      <dl>
        {cards.map(([id, value, unit, note]) => (
          <div key={id} className="card figure" data-figure={id}>
            <dt>{t(`analytics.figure.${id}`)}</dt>
            <dd className="num figure-value"><span data-value>{value}</span>{unit !== '' && <small> {unit}</small>}</dd>
            <dd className="note num">{note}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
