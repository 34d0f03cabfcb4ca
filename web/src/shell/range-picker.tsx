// SPDX-License-Identifier: Apache-2.0
// A range of time: the usual ones by a click, any by the grammar or as dates, the last few that were typed, and the zone that is shown.
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNow } from '../app/hooks'
import { instantTyped, parseSpan, type Span, wordOf } from '../app/time-range'
import { Icon } from './icons'
import { keepRange, keptRanges } from './recent-ranges'

const kQuick: readonly Span[] = [
  { from: 'now-1h', to: 'now' }, { from: 'now-6h', to: 'now' }, { from: 'now-24h', to: 'now' }, { from: 'now-2d', to: 'now' }, { from: 'now-7d', to: 'now' }, { from: 'now-30d', to: 'now' },
  { from: 'now/d', to: 'now/d' }, { from: 'now-1d/d', to: 'now-1d/d' }, { from: 'now/w', to: 'now/w' },
]
const isQuick = (span: Span) => kQuick.some((one) => one.from === span.from && one.to === span.to)

interface Props {
  span: Span
  utc: boolean
  /** Name of the zone that is shown; null = not told here. */
  zone: string | null
  /** Writes an absolute instant in that zone. */
  instant: (ms: number) => string
  onChange: (span: Span) => void
  onZone?: (utc: boolean) => void
}

export function RangePicker({ span, utc, zone, instant, onChange, onZone }: Props) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const now = useNow(60_000)
  useEffect(() => {
    if (!open) return
    const outside = (event: Event) => { if (!box.current?.contains(event.target as Node)) setOpen(false) }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])
  const choose = (chosen: Span) => {
    setOpen(false)
    button.current?.focus()
    onChange(chosen)
  }
  const name = (one: Span) => {
    if (isQuick(one)) return t(`range.${wordOf(one).replaceAll('/', '_')}`)
    const range = parseSpan(one, now)
    const text = (word: string, ms: number) => (word.startsWith('now') ? word : instant(ms))
    return range ? `${text(one.from, range.fromMs)} – ${text(one.to, range.toMs ?? now)}` : wordOf(one)
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- hears Esc on its way up
    <div
      className="picker range-picker" ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        setOpen(false)
        button.current?.focus()
      }}
    >
      <button ref={button} type="button" className="control" data-range aria-haspopup="dialog" aria-expanded={open} aria-label={t('range.choose', { shown: name(span) })} onClick={() => setOpen(!open)}>
        <Icon name="calendar" /><span className="num">{name(span)}</span><Icon name="down" />
      </button>
      {open && (
        <div className="popover range-popover" role="dialog" aria-label={t('range.label')}>
          <ul className="range-quick">
            {kQuick.map((one) => <li key={wordOf(one)}><button type="button" aria-pressed={one.from === span.from && one.to === span.to} onClick={() => choose(one)}>{name(one)}</button></li>)}
          </ul>
          <div className="range-own">
            <SpanForm key={wordOf(span)} span={span} utc={utc} onChoose={(chosen) => { keepRange(chosen); choose(chosen) }} />
            {keptRanges().length > 0 && (
              <>
                <h3>{t('range.recent')}</h3>
                <ul className="range-quick">{keptRanges().map((one) => <li key={wordOf(one)}><button type="button" onClick={() => choose(one)}>{name(one)}</button></li>)}</ul>
              </>
            )}
            {zone !== null && (
              <div className="range-zone">
                <span className="note">{zone}</span>
                {onZone && (
                  <div className="segments" role="group" aria-label={t('range.zone')}>
                    <button type="button" aria-pressed={!utc} onClick={() => onZone(false)}>{t('range.local')}</button>
                    <button type="button" aria-pressed={utc} onClick={() => onZone(true)}>UTC</button>
                  </div>
                )}
              </div>
            )}
          </div>
        </div>
      )}
    </div>
  )
}

function SpanForm({ span, utc, onChoose }: { span: Span; utc: boolean; onChoose: (span: Span) => void }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(span)
  const [wrong, setWrong] = useState(false)
  const hint = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const from = instantTyped(draft.from, utc)
    const to = instantTyped(draft.to, utc)
    const good = from !== null && to !== null && parseSpan({ from, to }, Date.now()) !== null
    setWrong(!good)
    if (good) onChoose({ from, to })
  }
  const field = (end: 'from' | 'to') => (
    <label>
      <span>{t(`range.${end}`)}</span>
      <input
        type="text" className="control" data-range-end={end} aria-describedby={hint} aria-invalid={wrong} autoComplete="off" spellCheck={false} value={draft[end]}
        onChange={(event) => { setDraft({ ...draft, [end]: event.target.value }); setWrong(false) }}
      />
    </label>
  )
  return (
    <form onSubmit={submit}>
      {field('from')}
      {field('to')}
      <p className={wrong ? 'note bad' : 'note'} id={hint} role={wrong ? 'alert' : undefined}>{t(wrong ? 'range.wrong' : 'range.hint')}</p>
      <button type="submit" className="primary">{t('range.apply')}</button>
    </form>
  )
}
