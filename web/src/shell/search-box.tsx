// SPDX-License-Identifier: Apache-2.0
// Search over all fleets by the server. A combobox: arrows move, Enter opens, Esc leaves.
import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { search } from '../api/client'
import type { SearchHit } from '../api/types'
import { Icon } from './icons'

const kWaitMs = 120

type Found = { kind: 'idle' } | { kind: 'busy' } | { kind: 'hits'; hits: SearchHit[] } | { kind: 'failed'; reason: string }

interface Props {
  input: RefObject<HTMLInputElement | null>
  onPick: (hit: SearchHit) => void
}

export function SearchBox({ input, onPick }: Props) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [found, setFound] = useState<Found>({ kind: 'idle' })
  const [active, setActive] = useState(0)
  const [open, setOpen] = useState(false)
  const list = useId()
  const query = text.trim()

  useEffect(() => {
    if (query === '') {
      setFound({ kind: 'idle' })
      return
    }
    const abort = new AbortController()
    const id = setTimeout(() => {
      search(query, abort.signal).then(
        (hits) => {
          setFound({ kind: 'hits', hits })
          setActive(0)
        },
        (error: unknown) => {
          if (!abort.signal.aborted) setFound({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
        },
      )
    }, kWaitMs)
    setFound((f) => (f.kind === 'hits' ? f : { kind: 'busy' }))
    return () => {
      clearTimeout(id)
      abort.abort()
    }
  }, [query])

  const hits = found.kind === 'hits' ? found.hits : []
  const pick = (hit: SearchHit | undefined) => {
    if (!hit) return
    onPick(hit)
    setText('')
    setOpen(false)
    input.current?.blur()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      setText('')
      setOpen(false)
      input.current?.blur()
    } else if (event.key === 'Enter') pick(hits[active])
    else if (event.key === 'ArrowDown') setActive((i) => Math.min(hits.length - 1, i + 1))
    else if (event.key === 'ArrowUp') setActive((i) => Math.max(0, i - 1))
    else return
    event.preventDefault()
  }
  const shown = open && query !== ''
  return (
    <div className="search" onBlur={(event) => { if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false) }}>
      <Icon name="search" />
      <input
        ref={input} type="text" role="combobox" aria-label={t('search.label')} aria-expanded={shown} aria-controls={list} aria-autocomplete="list"
        aria-activedescendant={shown && hits[active] ? `${list}-${active}` : undefined} placeholder={t('search.placeholder')} autoComplete="off" spellCheck={false} value={text}
        onChange={(event) => { setText(event.target.value); setOpen(true) }} onFocus={() => setOpen(true)} onKeyDown={onKey}
      />
      <kbd aria-hidden="true">Ctrl K</kbd>
      {shown && (
        <div className="popover search-list" role="listbox" id={list} aria-label={t('search.results')}>
          {found.kind === 'busy' && <p className="note">{t('search.busy')}</p>}
          {found.kind === 'failed' && <p className="note bad">{t('search.failed', { reason: found.reason })}</p>}
          {found.kind === 'hits' && hits.length === 0 && <p className="note">{t('search.none', { text: query })}</p>}
          {hits.map((hit, i) => (
            <div
              key={`${hit.fleet_id}/${hit.device_id}`} id={`${list}-${i}`} role="option" aria-selected={i === active} tabIndex={-1} className="search-hit"
              onPointerDown={(event) => { event.preventDefault(); pick(hit) }} onPointerEnter={() => setActive(i)}
            >
              <b>{hit.device_id}</b><span>{hit.fleet_id}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  )
}
