// SPDX-License-Identifier: Apache-2.0
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Formatter } from '../i18n/format'
import { StateMark } from '../shell/icons'
import { liveClient } from './client'
import { valuesOf } from './values'

const kFullBarKmh = 130
const kLowBattery = 20

interface Props {
  slot: number
  index: number
  top: number
  nowMs: number
  format: Formatter
  /** Changes when the vehicle's values may have. */
  version: number
  selected: boolean
  active: boolean
  onSelect: (id: string | null) => void
}

export const VehicleRow = memo(function VehicleRow({ slot, index, top, nowMs, format, selected, active, onSelect }: Props) {
  const { t } = useTranslation()
  const v = valuesOf(liveClient.store, slot, nowMs, liveClient.limits)
  const ageS = v.posTs === null ? null : (nowMs - v.posTs) / 1000
  const silent = v.state === 'stale' || v.state === 'offline'
  return (
    <div
      id={`row-${index}`} role="row" aria-rowindex={index + 2} aria-selected={selected} data-id={v.id} tabIndex={-1}
      className={`row${selected ? ' selected' : ''}${active ? ' active' : ''}${silent ? ' silent' : ''}`} style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(selected ? null : v.id)} onKeyDown={(event) => { if (event.key === 'Enter') onSelect(v.id) }}
    >
      <div role="gridcell" className="cell c-id">{v.id}</div>
      <div role="gridcell" className={`cell c-state ${v.state}`}><StateMark state={v.state} />{t(`state.${v.state}`)}</div>
      <div role="gridcell" className="cell c-speed num">
        <span>{format.dec(v.speed)}</span><Bar share={(v.speed ?? 0) / kFullBarKmh} className={`speed-${v.speedClass}`} />
      </div>
      <div role="gridcell" className="cell c-battery num">
        <span>{format.wholePercent(v.battery)}</span><Bar share={(v.battery ?? 0) / 100} className={v.battery !== null && v.battery < kLowBattery ? 'low' : 'plain'} />
      </div>
      <div role="gridcell" className="cell c-temp num">{format.with(v.temp, '°C')}</div>
      <div role="gridcell" className="cell c-zone">{v.zone ?? '–'}</div>
      <div role="gridcell" className="cell c-position num">{v.lat === null ? '–' : `${format.degree(v.lat)} · ${format.degree(v.lon)}`}</div>
      <div role="gridcell" className="cell c-age num" title={v.posTs === null ? undefined : format.dateTimeUtc(v.posTs)}>{format.age(ageS)}</div>
    </div>
  )
})

function Bar({ share, className }: { share: number; className: string }) {
  return <i className="bar-track" aria-hidden="true"><i className={className} style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }} /></i>
}
