// SPDX-License-Identifier: Apache-2.0
// One chart: makes the plot anew when what it shows changes, keeps its size, gives it the keys.
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../app/hooks'
import { useSettings } from '../app/settings'
import { useCursor } from './analytics-store'
import type { ChartModel } from './chart-model'
import type { Plot } from './plot'
import type { TimeText } from './time-text'

type PlotModule = typeof import('./plot')

export interface ChartHandle {
  canvas: () => HTMLCanvasElement | null
  highlight: (line: number | null) => void
}

interface Props {
  id: string
  model: ChartModel
  height: number
  time: TimeText
  /** What a reader of the screen hears. `keys`: the arrows move the cursor of all charts. */
  label: string
  keys?: boolean
  onZoom: (fromMs: number, toMs: number) => void
  ref?: Ref<ChartHandle>
}

export function Chart({ id, model, height, time, label, keys = false, onZoom, ref }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const theme = useSettings((s) => s.shown)
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | null>(null)
  const [module, setModule] = useState<PlotModule | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [width, setWidth] = useState(0)
  const zoom = useRef(onZoom)
  zoom.current = onZoom

  useEffect(() => {
    import('./plot').then(setModule, (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    if (box.current) watch.observe(box.current)
    return () => watch.disconnect()
  }, [])

  const sized = width > 0
  useEffect(() => {
    if (!module || !box.current || !sized) return
    const at = useCursor.getState().ms
    const made = module.makePlot(box.current, model, {
      width: Math.floor(box.current.clientWidth), height, time, number: (value) => (Number.isInteger(value) ? format.int(value) : format.dec(value)),
      // What was under the cursor stays there when newer data come.
      at: keys && at !== null && at >= model.fromMs && at <= model.toMs ? at : null,
      zoom: (fromMs, toMs) => zoom.current(fromMs, toMs), cursor: (ms) => useCursor.setState({ ms }),
    })
    plot.current = made
    return () => {
      plot.current = null
      made.destroy()
    }
  }, [module, sized, model, height, time, theme, format, keys])
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height })
  }, [width, height])

  useImperativeHandle(ref, () => ({
    canvas: () => plot.current?.ctx.canvas ?? null,
    highlight: (line) => plot.current?.setSeries(line === null ? null : line + 1, { focus: line !== null }, false),
  }))

  const { fromMs, toMs, bucketMs } = model
  const onKey = (event: KeyboardEvent) => {
    if (!module || !plot.current || event.ctrlKey || event.metaKey || event.altKey) return
    const at = useCursor.getState().ms
    const step = event.shiftKey ? Math.max(bucketMs, (toMs - fromMs) / 20) : bucketMs
    const middle = (fromMs + toMs) / 2
    const to: Record<string, number | null> = { ArrowLeft: (at ?? middle) - step, ArrowRight: (at ?? middle) + step, Home: fromMs + bucketMs / 2, End: toMs - bucketMs / 2 }
    if (event.key === 'Escape' && at !== null) module.pointAt(plot.current, null)
    else {
      const wanted = to[event.key]
      if (wanted === undefined || wanted === null) return
      module.pointAt(plot.current, Math.max(fromMs, Math.min(toMs, wanted)))
    }
    event.preventDefault()
    event.stopPropagation()
  }
  const cursor = useCursor((s) => (keys ? s.ms : null))
  const role = keys
    ? { role: 'slider', tabIndex: 0, 'aria-valuemin': fromMs, 'aria-valuemax': toMs, 'aria-valuenow': Math.round(cursor ?? fromMs), 'aria-valuetext': cursor === null ? t('analytics.noCursor') : time.bucket(cursor, bucketMs), onKeyDown: onKey }
    : { role: 'img' }
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the role is in `role`
    <div className="plot" data-chart={id} data-series={model.lines.length} data-from={fromMs} data-to={toMs} aria-label={label} {...role} ref={box} style={{ height }}>
      {failure !== null && <p className="note bad" role="alert">{t('analytics.chartFailed', { reason: failure })}</p>}
    </div>
  )
}
