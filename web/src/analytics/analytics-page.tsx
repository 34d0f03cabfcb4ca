// SPDX-License-Identifier: Apache-2.0
// The Analytics page: key figures, comparison, the vehicle in focus, the map under the cursor, the fleet by the hour.
import '../design/analytics.css'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert, Fleet } from '../api/types'
import { useFormat } from '../app/hooks'
import { usePage } from '../app/page-store'
import { instantText, parseSpan, type Span } from '../app/time-range'
import { Icon } from '../shell/icons'
import { setQuery, useQuery } from './analytics-store'
import type { ChartHandle } from './chart'
import { styleOf } from './chart-model'
import { CompareCard } from './compare-card'
import { csvOfBands, csvOfLines, pointsOf } from './csv'
import { DistributionCard } from './distribution-card'
import { FiguresStrip } from './figures-strip'
import { HoursCards } from './hours-card'
import { lastHeardMs } from './grid'
import { LinkedMap } from './linked-map'
import { limitsOf, shadesOf } from './marks'
import { kMetricInfo, kMetrics } from './metrics'
import { bandsModel, compareModel } from './models'
import { kDefaultSpan, kMostLines, kMostVehicles } from './query'
import { usePrint } from './print'
import { pictureOf, saveBlob } from './save'
import { movedSpan } from './span'
import { TimeText } from './time-text'
import { Toolbar } from './toolbar'
import { useAlertsOf, useBands, useCatalogue, useFigures, useHours, useRules, useSeries, useTrips, useTurn, useVehicles, useView } from './use-analytics'
import { useLayout } from './use-layout'
import { metricText } from './values'
import { VehicleCharts } from './vehicle-charts'

const kDayMs = 86_400_000
const kNoAlerts: readonly Alert[] = []
const kNone: readonly string[] = []

export function AnalyticsPage({ fleets }: { fleets: Fleet[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const fleet = usePage((s) => s.fleet) ?? ''
  const query = useQuery()
  const view = useView()
  const { box, points, height } = useLayout()
  const time = useMemo(() => new TimeText(format.locale, query.utc), [format.locale, query.utc])
  const [turn, refresh] = useTurn()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const chart = useRef<ChartHandle>(null)
  const opener = useRef<HTMLButtonElement>(null)

  const catalogue = useCatalogue(fleet === '' ? null : fleet, turn)
  const { ids: chosen, tooMany, bands: asBands } = useVehicles(catalogue.value)
  const ids = chosen ?? kNone
  const resolution = asBands ? Math.min(points, 300) : points
  const main = useSeries(chosen, query.metric, view, resolution, turn)
  const before = useSeries(query.yesterday && !asBands ? chosen : null, query.metric, view, resolution, turn, kDayMs)
  const other = useSeries(query.metric === 'speed' ? null : chosen, 'speed', view, resolution, turn)
  const speed = query.metric === 'speed' ? main : other
  const driven = useTrips(chosen, view, turn)
  const alerts = useAlertsOf(chosen, view, turn)
  const rules = useRules(turn)
  const hours = useHours(view, turn)
  const bands = useBands(main.value, asBands)
  const figures = useFigures(speed.value, driven.value)
  const focus = query.focus !== null && ids.includes(query.focus) ? query.focus : ids[0] ?? null

  const shown = (id: string) => ids.includes(id) && !hidden.has(id)
  // What is drawn belongs to the answer that is there, which may be to the question before.
  const metric = main.value?.metric ?? query.metric
  const drawn = main.value?.view ?? view
  const model = useMemo(() => {
    const grid = main.value?.grid
    if (!grid) return null
    const visible = ids.filter((id) => !hidden.has(id))
    const around = {
      fromMs: drawn.fromMs, toMs: drawn.toMs, tight: query.tight,
      shades: bands ? [] : shadesOf(visible.flatMap((id) => alerts.value?.get(id) ?? []), metric, drawn.fromMs, drawn.toMs, drawn.nowMs),
      limits: limitsOf(rules.value ?? [], metric, fleet, visible).map((value) => ({ value, text: metricText(format, metric, value) })),
    }
    return bands ? bandsModel(bands, metric, around) : compareModel(grid, metric, ids, shown, around, before.value?.grid ?? null)
    // `metric` and `drawn` follow from the answer, `shown` from the vehicles.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [main.value, before.value, bands, ids, hidden, query.tight, alerts.value, rules.value, fleet, format])
  const restMs = useMemo(() => (main.value && lastHeardMs(main.value.grid)) ?? Math.min(view.toMs, view.nowMs) - 1, [main.value, view])
  const count = bands ? bands.vehicles.filter((n) => n > 0).length : main.value ? pointsOf(main.value.grid, shown) : 0
  const busy = main.busy || speed.busy || driven.busy || hours.busy || alerts.busy
  const settled = model !== null && !busy && !before.busy

  const choose = (span: Span) => setQuery({ ...span, day: null })
  const zoom = (fromMs: number, toMs: number) => choose({ from: instantText(fromMs), to: instantText(Math.max(toMs, fromMs + 10_000)) })
  const move = (how: 'earlier' | 'later' | 'out' | 'in') => choose(movedSpan(query, how, view))
  const name = (kind: string) => `${fleet}-${metric}-${instantText(drawn.fromMs)}-${instantText(drawn.toMs)}.${kind}`.replaceAll(':', '')
  const csv = () => {
    if (!main.value) return
    const { field } = kMetricInfo[metric]
    const earlier = query.yesterday ? before.value?.grid ?? null : null
    saveBlob(new Blob([bands ? csvOfBands(bands, field) : csvOfLines(main.value.grid, field, shown, earlier, kDayMs)], { type: 'text/csv' }), name('csv'))
  }
  const png = async () => {
    const canvas = chart.current?.canvas()
    if (!canvas) return
    const names = bands ? [] : ids.flatMap((id, i) => (shown(id) ? [{ name: id, ...styleOf(i) }] : []))
    const title = `${t(asBands ? 'analytics.bandsTitle' : 'analytics.compareTitle', { metric: t(`analytics.metric.${metric}`) })} (${kMetricInfo[metric].unit})`
    saveBlob(await pictureOf(canvas, { title, subtitle: `${fleet} · ${time.instant(drawn.fromMs)} – ${time.instant(drawn.toMs)} · ${time.zone}`, names }), name('png'))
  }

  const onKey = useRef<(event: KeyboardEvent) => void>(() => undefined)
  onKey.current = (event) => {
    const typing = event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    const wanted = kMetrics[Number(event.key) - 1]
    if (event.key === 'f') opener.current?.click()
    else if (event.key === '+') move('in')
    else if (event.key === '-') move('out')
    else if (event.key === '[') move('earlier')
    else if (event.key === ']') move('later')
    else if (event.key === '0') choose(kDefaultSpan)
    else if (event.key === 'r') refresh()
    else if (wanted !== undefined) setQuery({ metric: wanted })
    else return
    event.preventDefault()
  }
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])

  usePrint()
  const newest = fleets.find((one) => one.fleet_id === fleet)?.last_ts ?? null
  const retention = main.value?.retentionFromMs ?? null
  return (
    <main className="analytics-page" id="vehicles" data-analytics={tooMany !== null ? 'refused' : settled ? 'ready' : 'reading'} ref={box}>
      <Toolbar
        catalogue={catalogue.value} chosen={ids} opener={opener} time={time} busy={busy} ready={model !== null} onSpan={choose} onMove={move} onRefresh={refresh} onCsv={csv} onPng={() => void png()} onPrint={() => print()}
      />
      <p className="print-head">{fleet}<span>{`${time.instant(view.fromMs)} – ${time.instant(view.toMs)} · ${time.zone}`}</span></p>
      <Notices newest={newest} viewFromMs={view.fromMs} retentionMs={retention !== null && retention > view.fromMs ? retention : null} tooMany={tooMany} failure={catalogue.failure} time={time} onDay={(day) => choose({ from: day, to: day })} onRetry={refresh} />
      {tooMany === null && <FiguresStrip figures={figures} vehicles={ids.length} view={view} failure={speed.failure ?? driven.failure} />}
      {tooMany === null && (
        <CompareCard
          vehicles={chosen} focus={focus} set={main.value} bands={bands} model={model} busy={main.busy} failure={main.failure} alerts={alerts.value} hidden={hidden} height={height.main} time={time} points={count} chart={chart}
          onHighlight={(line) => chart.current?.highlight(line)} onZoom={zoom} onRetry={refresh}
          onToggle={(id) => setHidden((s) => new Set(s.has(id) ? [...s].filter((one) => one !== id) : [...s, id]))}
        />
      )}
      {ids.length > 0 && tooMany === null && <LinkedMap ids={ids.length > kMostLines ? kNone : ids} focus={focus} fleet={fleet} view={view} restMs={restMs} time={time} />}
      {focus !== null && tooMany === null && (
        <VehicleCharts
          device={focus} index={ids.indexOf(focus)} fleet={fleet} view={view} points={resolution} turn={turn} alerts={alerts.value?.get(focus) ?? kNoAlerts} rules={rules.value ?? []} height={height.small} time={time} onZoom={zoom}
        />
      )}
      <HoursCards days={hours} fleet={fleet} />
      {tooMany === null && <DistributionCard speed={speed.value} />}
    </main>
  )
}

interface NoticesProps {
  newest: string | null
  viewFromMs: number
  retentionMs: number | null
  tooMany: number | null
  failure: string | null
  time: TimeText
  onDay: (day: string) => void
  onRetry: () => void
}

function Notices({ newest, viewFromMs, retentionMs, tooMany, failure, time, onDay, onRetry }: NoticesProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const day = newest?.slice(0, 10)
  if (failure !== null) return <div className="notice bad" role="alert">{t('analytics.vehiclesFailed', { reason: failure })} <button type="button" className="control" onClick={onRetry}>{t('error.retry')}</button></div>
  if (tooMany !== null) return <div className="notice" role="status" data-refused>{t('analytics.tooMany', { n: format.int(tooMany), most: format.int(kMostVehicles) })}</div>
  if (day !== undefined && newest !== null && Date.parse(newest) < viewFromMs && parseSpan({ from: day, to: day }, viewFromMs)) {
    return (
      <div className="notice" role="status">
        <Icon name="calendar" /><span>{t('analytics.quiet', { day: format.dayLong(day) })}</span>
        <button type="button" className="control" onClick={() => onDay(day)}>{t('date.showQuiet')}</button>
      </div>
    )
  }
  if (retentionMs !== null) return <div className="notice" role="status" data-retention>{t('analytics.retention', { time: time.instant(retentionMs) })}</div>
  return null
}
