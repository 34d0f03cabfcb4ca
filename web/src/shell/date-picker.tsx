// SPDX-License-Identifier: Apache-2.0
// Today = live; a past day = the state at its end. A small calendar of UTC days with the usual keys.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { addDays, addMonths, daysOfMonth, today } from './calendar'
import { Icon } from './icons'

const kMoves: Record<string, (day: string) => string> = {
  ArrowLeft: (d) => addDays(d, -1),
  ArrowRight: (d) => addDays(d, 1),
  ArrowUp: (d) => addDays(d, -7),
  ArrowDown: (d) => addDays(d, 7),
  PageUp: (d) => addMonths(d, -1),
  PageDown: (d) => addMonths(d, 1),
  'Shift+PageUp': (d) => addMonths(d, -12),
  'Shift+PageDown': (d) => addMonths(d, 12),
}

interface Props {
  value: string | null
  /** What stands for today on the button. */
  nowLabel?: string
  onChange: (day: string | null) => void
}

export function DatePicker({ value, nowLabel, onChange }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(value ?? today())
  const box = useRef<HTMLDivElement>(null)
  const now = today()
  const shown = value === null ? nowLabel ?? t('date.live') : format.day(value)

  useEffect(() => {
    if (!open) return
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])
  // The days take the focus when the calendar opens and while keys move among them; the buttons above keep it otherwise.
  useEffect(() => {
    const focused = document.activeElement
    if (open && (focused instanceof HTMLElement && (focused.dataset['day'] !== undefined || focused.ariaHasPopup !== null))) {
      box.current?.querySelector<HTMLElement>('[tabindex="0"][data-day]')?.focus()
    }
  }, [open, at])

  const choose = (day: string) => {
    if (day > now) return
    setOpen(false)
    box.current?.querySelector<HTMLElement>('button')?.focus()
    onChange(day === now ? null : day)
  }
  const forward = (months: number) => {
    const next = addMonths(at, months)
    setAt(next > now ? now : next)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      setOpen(false)
      box.current?.querySelector<HTMLElement>('button')?.focus()
      return
    }
    const move = kMoves[event.shiftKey ? `Shift+${event.key}` : event.key]
    if (!move || !(event.target as HTMLElement).dataset['day']) return
    event.preventDefault()
    const next = move(at)
    setAt(next > now ? now : next)
  }
  const weekdays = daysOfMonth('2024-01-01').slice(0, 7)
  const weekday = new Intl.DateTimeFormat(format.locale, { weekday: 'narrow', timeZone: 'UTC' })
  const monthName = new Intl.DateTimeFormat(format.locale, { month: 'long', year: 'numeric', timeZone: 'UTC' })

  return (
    <div className="picker" ref={box}>
      <button
        type="button" className={value === null ? 'control' : 'control chosen'} aria-haspopup="dialog" aria-expanded={open} aria-label={t('date.open', { shown })}
        onClick={() => { setAt(value ?? now); setOpen(!open) }}
      >
        <Icon name="calendar" /><span>{shown}</span>
      </button>
      {open && (
        // The keys work on the days inside; the box only hears them on their way up.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <div className="popover calendar" role="dialog" aria-label={t('date.label')} onKeyDown={onKey}>
          <div className="calendar-head">
            <button type="button" className="icon-button" aria-label={t('date.previousYear')} onClick={() => setAt(addMonths(at, -12))}><Icon name="first" /></button>
            <button type="button" className="icon-button" aria-label={t('date.previous')} onClick={() => setAt(addMonths(at, -1))}><Icon name="left" /></button>
            <b aria-live="polite">{monthName.format(Date.parse(at))}</b>
            <button type="button" className="icon-button" aria-label={t('date.next')} disabled={addMonths(at, 1).slice(0, 7) > now.slice(0, 7)} onClick={() => forward(1)}><Icon name="right" /></button>
            <button type="button" className="icon-button" aria-label={t('date.nextYear')} disabled={at.slice(0, 7) >= now.slice(0, 7)} onClick={() => forward(12)}><Icon name="last" /></button>
          </div>
          <div className="calendar-grid">
            {weekdays.map((day) => <span key={day} className="calendar-weekday" aria-hidden="true">{weekday.format(Date.parse(day))}</span>)}
            {daysOfMonth(at).map((day) => (
              <button
                key={day} type="button" data-day={day} tabIndex={day === at ? 0 : -1} disabled={day > now} aria-label={format.dayLong(day)} aria-pressed={day === (value ?? now)}
                className={[day.slice(0, 7) === at.slice(0, 7) ? '' : 'other', day === now ? 'today' : ''].join(' ')} onClick={() => choose(day)}
              >
                {Number(day.slice(8))}
              </button>
            ))}
          </div>
          <button type="button" className="control wide" onClick={() => choose(now)}><i className="dot live" aria-hidden="true" />{nowLabel ?? t('date.today')}</button>
          {nowLabel === undefined && <p className="note">{t('date.note')}</p>}
        </div>
      )}
    </div>
  )
}
