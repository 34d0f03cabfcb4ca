// SPDX-License-Identifier: Apache-2.0
import { type RefObject, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { Icon, StateMark } from '../shell/icons'
import { useLive } from './client'
import { kStates } from './vehicle-store'

/** A pause in typing that makes the filter a step of the history. */
const kSettledMs = 700

interface Props {
  filter: RefObject<HTMLInputElement | null>
  shown: number
  total: number
  moved: number
  onRefresh: () => void
}

export function TableHead({ filter, shown, total, moved, onRefresh }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const { view } = useLive()
  const { text, states, classes } = usePage()
  const filtered = text !== '' || states.length > 0 || classes.length > 0
  return (
    <div className="table-head">
      <h2 id="table-title">{t('table.label')}</h2>
      <span className="count num" data-count role="status">{t('table.count', { shown: format.int(shown), total: format.int(total) })}</span>
      {moved > 0 && (
        <button type="button" className="chip" onClick={onRefresh} title={t('table.refresh')}><Icon name="refresh" />{t('table.moved', { count: moved })}</button>
      )}
      <div className="spacer" />
      <FilterInput input={filter} />
      {filtered && (
        <button type="button" className="icon-button" aria-label={t('table.clear')} title={t('table.clear')} onClick={() => setPage({ text: '', states: [], classes: [] })}><Icon name="close" /></button>
      )}
      <div className="segments" role="group" aria-label={t('table.state')}>
        <button type="button" aria-pressed={states.length === 0} onClick={() => setPage({ states: [] })}>{t('state.all')}</button>
        {kStates.map((state, i) => (
          <button key={state} type="button" data-state={state} aria-pressed={states.includes(state)} onClick={() => setPage({ states: states.length === 1 && states[0] === state ? [] : [state] })}>
            <StateMark state={state} />{t(`state.${state}`)} <span className="num">{format.int(view.stateCounts[i] ?? 0)}</span>
          </button>
        ))}
      </div>
    </div>
  )
}

function FilterInput({ input }: { input: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation()
  const text = usePage((s) => s.text)
  const [draft, setDraft] = useState(text)
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    if (text.trim() !== draft.trim()) setDraft(text)
    setSettled(text)
    // Only when the page's filter changes from outside (Back, clear).
    // oxlint-disable-next-line react/exhaustive-deps
  }, [text])
  // The first letter makes a history entry, the following ones change it until the typing rests.
  const type = (value: string) => {
    setDraft(value)
    setPage({ text: value.trim() }, settled === text ? 'push' : 'replace')
    setSettled(`\u0000${value}`)
  }
  useEffect(() => {
    const id = setTimeout(() => setSettled(text), kSettledMs)
    return () => clearTimeout(id)
  }, [draft, text])
  return (
    <label className="filter">
      <Icon name="search" />
      <span className="visually-hidden">{t('table.filter')}</span>
      <input ref={input} type="text" data-filter placeholder={t('table.placeholder')} value={draft} autoComplete="off" spellCheck={false} onChange={(event) => type(event.target.value)} />
    </label>
  )
}
