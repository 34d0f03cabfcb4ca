// SPDX-License-Identifier: Apache-2.0
// Day × hour as one canvas. The names of the days are buttons, which choose the day of the bars; the bars' table has the numbers.
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { useSettings } from '../app/settings'
import { parseHex } from '../map/palette'
import type { HeatMap as Model } from './hours'

const kInsetPx = 1
const kLeastRowPx = 14
const kMostRowPx = 56
const kHeightPx = 150

interface Props {
  model: Model
  day: string | null
  /** Writes a value. */
  text: (value: number | null) => string
  label: string
  onDay: (day: string) => void
}

export function HeatMap({ model, day, text, label, onDay }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const theme = useSettings((s) => s.shown)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [over, setOver] = useState<{ day: number; hour: number } | null>(null)
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setSize({ width: Math.floor(entry?.contentRect.width ?? 0), height: Math.floor(entry?.contentRect.height ?? 0) }))
    if (canvas.current?.parentElement) watch.observe(canvas.current.parentElement)
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    const element = canvas.current
    if (!element || size.width === 0) return
    const ratio = devicePixelRatio
    element.width = size.width * ratio
    element.height = size.height * ratio
    const context = element.getContext('2d')
    if (!context) return
    context.scale(ratio, ratio)
    paint(context, model, size, over)
  }, [model, size, theme, over])

  const rows = Math.max(1, model.days.length)
  const at = (event: { clientX: number; clientY: number }) => {
    const box = canvas.current!.getBoundingClientRect()
    return { day: Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows))), hour: Math.min(23, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * 24))) }
  }
  const value = over ? model.values[over.day]?.[over.hour] ?? null : null
  return (
    <div className="heat" style={{ gridTemplateRows: `${Math.max(rows * kLeastRowPx, Math.min(rows * kMostRowPx, kHeightPx))}px 16px auto` }}>
      <div className="heat-days">
        {model.days.map((one) => <button key={one} type="button" aria-pressed={one === day} data-day={one} onClick={() => onDay(one)}>{format.day(one)}</button>)}
      </div>
      <div className="heat-box">
        {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- the buttons beside it do the same by keys */}
        <canvas
          ref={canvas} role="img" aria-label={label} data-heat={model.days.length} onPointerMove={(event) => setOver(at(event))} onPointerLeave={() => setOver(null)}
          onClick={(event) => { const chosen = model.days[at(event).day]; if (chosen !== undefined) onDay(chosen) }}
        />
      </div>
      <div className="heat-hours num" aria-hidden="true">{[0, 6, 12, 18].map((hour) => <span key={hour}>{String(hour).padStart(2, '0')}</span>)}</div>
      <p className="heat-foot note num">
        {over
          ? <span>{`${format.day(model.days[over.day]!)} ${String(over.hour).padStart(2, '0')} h · ${value === null ? t('analytics.noRecords') : text(value)}`}</span>
          : <span className="heat-scale">{text(model.low)}<i aria-hidden="true" />{text(model.high)}</span>}
      </p>
    </div>
  )
}

function paint(context: CanvasRenderingContext2D, { values, low, high }: Model, { width, height }: { width: number; height: number }, over: { day: number; hour: number } | null): void {
  const style = getComputedStyle(document.documentElement)
  const [from, to] = [parseHex(style.getPropertyValue('--heat-lo')), parseHex(style.getPropertyValue('--heat-hi'))]
  const line = style.getPropertyValue('--line-2').trim()
  context.clearRect(0, 0, width, height)
  const [w, h] = [width / 24, height / Math.max(1, values.length)]
  values.forEach((row, y) => row.forEach((value, x) => {
    const box = [x * w + kInsetPx / 2, y * h + kInsetPx / 2, w - kInsetPx, h - kInsetPx] as const
    if (value === null) {
      // No records: a small mark instead of a colour of the scale.
      context.fillStyle = line
      context.fillRect(x * w + w / 2 - 1, y * h + h / 2 - 1, 2, 2)
    } else {
      const share = high > low ? (value - low) / (high - low) : 0
      context.fillStyle = `rgb(${from.map((part, i) => Math.round(255 * (part + (to[i]! - part) * share))).join(' ')})`
      context.fillRect(...box)
    }
    if (over?.day === y && over.hour === x) {
      context.strokeStyle = style.getPropertyValue('--tx').trim()
      context.lineWidth = 1.5
      context.strokeRect(...box)
    }
  }))
}
