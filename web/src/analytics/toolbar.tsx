// SPDX-License-Identifier: Apache-2.0
// What is compared, on which metric, in which range, and what can be taken away.
import type { RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import type { Span } from '../app/time-range'
import { Icon, type IconName } from '../shell/icons'
import { RangePicker } from '../shell/range-picker'
import { setQuery, useQuery } from './analytics-store'
import { kMetrics } from './metrics'
import type { TimeText } from './time-text'
import type { Catalogue } from './use-analytics'
import { VehiclePicker } from './vehicle-picker'

interface Props {
  catalogue: Catalogue | null
  chosen: readonly string[]
  opener: RefObject<HTMLButtonElement | null>
  time: TimeText
  busy: boolean
  ready: boolean
  onSpan: (span: Span) => void
  onMove: (how: 'earlier' | 'later' | 'out' | 'in') => void
  onRefresh: () => void
  onCsv: () => void
  onPng: () => void
  onPrint: () => void
}

export function Toolbar({ catalogue, chosen, opener, time, busy, ready, onSpan, onMove, onRefresh, onCsv, onPng, onPrint }: Props) {
  const { t } = useTranslation()
  const { metric, from, to, utc, tight, yesterday } = useQuery()
  return (
    <div className="card analytics-tools" role="group" aria-label={t('analytics.tools')}>
      <VehiclePicker catalogue={catalogue} chosen={chosen} opener={opener} />
      <div className="segments metrics" role="group" aria-label={t('analytics.metricLabel')}>
        {kMetrics.map((one) => <button key={one} type="button" data-metric={one} aria-pressed={metric === one} onClick={() => setQuery({ metric: one })}>{t(`analytics.metric.${one}`)}</button>)}
      </div>
      <div className="tool-group">
        <Tool icon="left" label={t('analytics.earlier')} onClick={() => onMove('earlier')} />
        <RangePicker span={{ from, to }} utc={utc} zone={time.zone} instant={(ms) => time.instant(ms)} onChange={onSpan} onZone={(on) => setQuery({ utc: on })} />
        <Tool icon="right" label={t('analytics.later')} onClick={() => onMove('later')} />
        <Tool icon="plus" label={t('analytics.zoomIn')} onClick={() => onMove('in')} />
        <Tool icon="minus" label={t('analytics.zoomOut')} onClick={() => onMove('out')} />
        <button type="button" className="icon-button" data-tool="refresh" data-busy={busy} aria-label={t('analytics.refresh')} title={t('analytics.refresh')} onClick={onRefresh}><Icon name="refresh" /></button>
      </div>
      <span className="zone note" title={time.zone}>{time.offset}</span>
      <div className="spacer" />
      <button type="button" className={yesterday ? 'control small chosen' : 'control small'} data-tool="yesterday" aria-pressed={yesterday} title={t('analytics.yesterdayHint')} onClick={() => setQuery({ yesterday: !yesterday })}>{t('analytics.yesterday')}</button>
      <button type="button" className={tight ? 'control small chosen' : 'control small'} data-tool="tight" aria-pressed={tight} title={t('analytics.tightHint')} onClick={() => setQuery({ tight: !tight })}>{t('analytics.tight')}</button>
      <button type="button" className="control small" data-tool="csv" disabled={!ready} title={t('analytics.csvHint')} onClick={onCsv}>CSV</button>
      <button type="button" className="control small" data-tool="png" disabled={!ready} title={t('analytics.pngHint')} onClick={onPng}>PNG</button>
      <button type="button" className="control small" data-tool="print" disabled={!ready} title={t('analytics.printHint')} onClick={onPrint}>{t('analytics.print')}</button>
    </div>
  )
}

function Tool({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return <button type="button" className="icon-button" data-tool={icon} aria-label={label} title={label} onClick={onClick}><Icon name={icon} /></button>
}
