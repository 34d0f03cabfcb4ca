// SPDX-License-Identifier: Apache-2.0
// Which vehicles are compared: a list with ticks and a search, or the whole fleet as bands.
import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { Icon } from '../shell/icons'
import { setQuery, useQuery } from './analytics-store'
import { kMostLines, kMostVehicles } from './query'
import type { Catalogue } from './use-analytics'

const kListed = 100

interface Props {
  catalogue: Catalogue | null
  chosen: readonly string[]
  opener: RefObject<HTMLButtonElement | null>
}

export function VehiclePicker({ catalogue, chosen, opener }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const all = useQuery((s) => s.all)
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const list = useId()
  useEffect(() => {
    if (!open) return
    const outside = (event: Event) => { if (!box.current?.contains(event.target as Node)) setOpen(false) }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])

  const picked = useMemo(() => new Set(all ? [] : chosen), [all, chosen])
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    const ids = (catalogue?.ids ?? []).filter((id) => id.toLowerCase().includes(wanted))
    // What is compared comes first, so that it can be taken away again.
    return [...ids.filter((id) => picked.has(id)), ...ids.filter((id) => !picked.has(id))]
  }, [catalogue, text, picked])
  const shown = found.slice(0, kListed)
  const full = !all && chosen.length >= kMostVehicles
  const flip = (id: string | undefined) => {
    if (id === undefined) return
    const next = picked.has(id) ? [...picked].filter((one) => one !== id) : [...picked, id]
    if (next.length > 0 && next.length <= kMostVehicles) setQuery({ vehicles: next, all: false, focus: null })
  }
  const close = () => {
    setOpen(false)
    opener.current?.focus()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      close()
    } else if (event.key === 'ArrowDown') setActive((i) => Math.min(shown.length - 1, i + 1))
    else if (event.key === 'ArrowUp') setActive((i) => Math.max(0, i - 1))
    else if (event.key === 'Enter') flip(shown[active])
    else return
    event.preventDefault()
  }
  const label = all ? t('analytics.wholeFleet') : t('analytics.vehicles', { count: chosen.length, n: format.int(chosen.length) })
  return (
    <div className="picker vehicle-picker" ref={box}>
      <button ref={opener} type="button" className="control" data-vehicles aria-haspopup="dialog" aria-expanded={open} onClick={() => { setOpen(!open); setText(''); setActive(0) }}>
        <Icon name="truck" /><span className="num">{label}</span><Icon name="down" />
      </button>
      {open && (
        <div className="popover vehicle-popover" role="dialog" aria-label={t('analytics.chooseVehicles')}>
          <label className="filter">
            <Icon name="search" />
            <span className="visually-hidden">{t('analytics.findVehicle')}</span>
            <input
              // oxlint-disable-next-line jsx-a11y/no-autofocus -- the reader has just opened the list to type here
              autoFocus type="text" role="combobox" aria-expanded="true" aria-controls={list} aria-activedescendant={shown[active] === undefined ? undefined : `${list}-${active}`} aria-autocomplete="list"
              placeholder={t('analytics.findVehicle')} autoComplete="off" spellCheck={false} value={text} onChange={(event) => { setText(event.target.value); setActive(0) }} onKeyDown={onKey}
            />
          </label>
          <div className="vehicle-list" role="listbox" id={list} aria-multiselectable="true" aria-label={t('analytics.chooseVehicles')} tabIndex={-1}>
            {shown.map((id, i) => (
              <div
                key={id} id={`${list}-${i}`} role="option" tabIndex={-1} aria-selected={picked.has(id)} className={i === active ? 'vehicle-option active' : 'vehicle-option'} data-option={id}
                onPointerDown={(event) => { event.preventDefault(); flip(id) }} onPointerEnter={() => setActive(i)}
              >
                <i className="tick" aria-hidden="true">{picked.has(id) ? '✓' : ''}</i>{id}
              </div>
            ))}
            {catalogue && shown.length === 0 && <p className="note">{t('search.none', { text: text.trim() })}</p>}
            {found.length > kListed && <p className="note">{t('analytics.moreVehicles', { n: format.int(found.length - kListed) })}</p>}
          </div>
          <div className="vehicle-foot">
            <p className="note">{full ? t('analytics.full', { n: format.int(kMostVehicles) }) : t('analytics.linesHint', { n: format.int(kMostLines) })}</p>
            <button type="button" className="control small" aria-pressed={all} data-all onClick={() => setQuery({ all: !all, focus: null })}>{t('analytics.wholeFleet')}</button>
          </div>
        </div>
      )}
    </div>
  )
}
