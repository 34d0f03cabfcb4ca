// SPDX-License-Identifier: Apache-2.0
// The compared vehicles: what the line looks like, the value under the cursor, the extreme of the range.
import { useTranslation } from 'react-i18next'
import type { Alert } from '../api/types'
import { useFormat } from '../app/hooks'
import { Icon } from '../shell/icons'
import { setQuery, useCursor } from './analytics-store'
import { styleOf } from './chart-model'
import { type Grid, lastOf, valueNear } from './grid'
import { kMetricInfo, type Metric } from './metrics'
import type { TimeText } from './time-text'

interface Props {
  ids: readonly string[]
  grid: Grid | null
  metric: Metric
  time: TimeText
  focus: string | null
  hidden: ReadonlySet<string>
  failed: ReadonlyMap<string, string>
  alerts: ReadonlyMap<string, Alert[]> | null
  onToggle: (id: string) => void
  onHover: (id: string | null) => void
  height: number
}

export function Legend({ ids, grid, metric, time, focus, hidden, failed, alerts, onToggle, onHover, height }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const at = useCursor((s) => s.ms)
  const lowest = metric === 'battery'
  return (
    <div className="legend-list" style={{ maxHeight: Math.max(150, height) }}>
      <div className="legend-line legend-titles">
        <span />
        <span>{t('analytics.vehicle')}</span>
        <span className="num" data-cursor-time={at === null ? undefined : Math.round(at)}>{at === null ? t('analytics.lastValue') : time.clock(at)}</span>
        <span>{t(lowest ? 'analytics.lowest' : 'analytics.highest')}</span>
        <span />
      </div>
      <ul>
        {ids.map((id, i) => {
          const line = grid?.lines.find((one) => one.device === id)
          const off = hidden.has(id)
          const marked = alerts?.get(id)?.filter((alert) => !alert.retracted && kMetricInfo[metric].alerts.includes(alert.type)).length ?? 0
          return (
            <li key={id} className={id === focus ? 'legend-line focus' : 'legend-line'} data-vehicle={id} onPointerEnter={() => onHover(off ? null : id)} onPointerLeave={() => onHover(null)}>
              <button type="button" className="legend-swatch" aria-pressed={!off} aria-label={t('analytics.toggle', { id })} title={t('analytics.toggle', { id })} onClick={() => onToggle(id)}><Swatch index={i} off={off} /></button>
              <button type="button" className="legend-name" aria-pressed={id === focus} title={t('analytics.focusOn', { id })} onClick={() => setQuery({ focus: id })}>
                {id}{marked > 0 && <span className="legend-alerts num" title={t('analytics.alertsOf', { count: marked, n: format.int(marked) })}>▲ {format.int(marked)}</span>}
              </button>
              {failed.has(id)
                ? <span className="bad legend-failed" title={failed.get(id)}>{t('analytics.unread')}</span>
                : <><b className="num" data-value>{valueAt(line, grid, at, (value) => format.dec(value))}</b><span className="num">{line && line.samples > 0 ? format.dec(lowest ? line.low : line.high) : '–'}</span></>}
              <button type="button" className="icon-button" aria-label={t('analytics.remove', { id })} title={t('analytics.remove', { id })} disabled={ids.length < 2} onClick={() => setQuery({ vehicles: ids.filter((one) => one !== id), focus: focus === id ? null : focus })}><Icon name="close" /></button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function valueAt(line: Grid['lines'][number] | undefined, grid: Grid | null, at: number | null, text: (value: number | null) => string): string {
  if (!line || !grid || line.samples === 0) return '–'
  if (at === null) return text(lastOf(line.mean))
  return text(valueNear(line.mean, indexAt(grid, at)))
}

export function indexAt(grid: Pick<Grid, 'xs' | 'bucketMs'>, ms: number): number {
  return Math.max(0, Math.min(grid.xs.length - 1, Math.floor((ms - (grid.xs[0]! - grid.bucketMs / 2)) / grid.bucketMs)))
}

export function Swatch({ index, off = false }: { index: number; off?: boolean }) {
  const { dash } = styleOf(index)
  return (
    <svg className={`line-swatch ch-${index % 8}`} viewBox="0 0 24 12" width="24" height="12" aria-hidden="true">
      <path d="M1 6h22" stroke={off ? 'var(--tx-3)' : 'currentColor'} strokeWidth={off ? 1 : 2.500} strokeDasharray={dash.join(' ')} fill="none" />
      {!off && dash.length === 0 && <circle cx="12" cy="6" r="3" fill="currentColor" />}
    </svg>
  )
}
