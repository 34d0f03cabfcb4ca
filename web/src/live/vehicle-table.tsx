// SPDX-License-Identifier: Apache-2.0
// All vehicles that pass the filter, in the worker's order; only the visible rows are in the document. The order stands
// still while the pointer is over the rows, and says how many would have moved.
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { liveClient, useLive } from './client'
import { kSortKeys, type SortKey } from './query'
import { TableHead } from './table-head'
import { VehicleRow } from './vehicle-row'

const kRowPx = 30

export function VehicleTable({ filter, onSelect }: { filter: RefObject<HTMLInputElement | null>; onSelect: (id: string | null) => void }) {
  const { t } = useTranslation()
  const format = useFormat()
  const live = useLive()
  const page = usePage()
  useNow(1000)
  const [frozen, setFrozen] = useState<Uint32Array | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const fresh = live.view.rows
  const rows = frozen && frozen.length === fresh.length ? frozen : fresh
  const moved = useMemo(() => (rows === fresh ? 0 : differing(rows, fresh)), [rows, fresh])
  const [cursor, setCursor] = useState(0)

  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => kRowPx, overscan: 6 })

  const selectedSlot = page.sel === null ? -1 : liveClient.store.slotOf(page.sel)
  const selectedAt = selectedSlot < 0 ? -1 : rows.indexOf(selectedSlot)
  // Bring the selected row into view when the selection changes, not each time the order does.
  useEffect(() => {
    if (selectedAt < 0) return
    setCursor(selectedAt)
    virtual.scrollToIndex(selectedAt, { align: 'auto' })
    // oxlint-disable-next-line react/exhaustive-deps
  }, [page.sel, selectedAt >= 0])

  const sortBy = (key: SortKey) => {
    setFrozen(null)
    setPage({ sort: key, descending: page.sort === key ? !page.descending : key !== 'id' && key !== 'zone' && key !== 'state' })
  }
  const idAt = (i: number) => liveClient.store.ids[rows[i] ?? -1] ?? null
  const onKey = (event: KeyboardEvent) => {
    const last = rows.length - 1
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / kRowPx) - 1)
    const to: Record<string, number> = {
      ArrowDown: cursor + 1, ArrowUp: cursor - 1, PageDown: cursor + pageRows, PageUp: cursor - pageRows, Home: 0, End: last,
    }
    if (event.key === 'Enter' || event.key === ' ') {
      onSelect(idAt(cursor))
    } else {
      const next = to[event.key]
      if (next === undefined) return
      const clamped = Math.max(0, Math.min(last, next))
      setCursor(clamped)
      virtual.scrollToIndex(clamped)
    }
    event.preventDefault()
  }

  const now = liveClient.nowMs()
  return (
    <section className="card table-card" aria-labelledby="table-title" id="vehicles">
      <TableHead filter={filter} shown={fresh.length} total={live.view.total} moved={moved} onRefresh={() => setFrozen(null)} />
      <div
        className="grid-scroll" ref={scroller} role="grid" tabIndex={0} aria-label={t('table.label')} aria-rowcount={rows.length + 1} aria-colcount={kSortKeys.length}
        aria-activedescendant={rows.length > 0 ? `row-${cursor}` : undefined} onKeyDown={onKey}
      >
        <div className="grid-head" role="row" aria-rowindex={1}>
          {kSortKeys.map((key) => (
            <div key={key} role="columnheader" className={`cell c-${key}`} aria-sort={page.sort === key ? (page.descending ? 'descending' : 'ascending') : 'none'}>
              <button type="button" tabIndex={-1} onClick={() => sortBy(key)}>
                {t(`table.${key}`)}
                <svg className={page.sort === key ? (page.descending ? 'sort-mark down' : 'sort-mark up') : 'sort-mark'} viewBox="0 0 8 6" width="8" height="6" aria-hidden="true"><path d="M4 5.500 0.500 0.500h7z" fill="currentColor" /></svg>
              </button>
            </div>
          ))}
        </div>
        <div className="grid-body" role="presentation" style={{ height: virtual.getTotalSize() }} onPointerEnter={() => setFrozen(fresh)} onPointerLeave={() => setFrozen(null)}>
          {virtual.getVirtualItems().map((item) => {
            const slot = rows[item.index]!
            return (
              <VehicleRow
                key={item.index} slot={slot} index={item.index} top={item.start} nowMs={now} format={format} version={live.version}
                selected={slot === selectedSlot} active={item.index === cursor} onSelect={onSelect}
              />
            )
          })}
        </div>
        {rows.length === 0 && <Nothing />}
      </div>
    </section>
  )
}

function Nothing() {
  const { t } = useTranslation()
  const live = useLive()
  if (live.phase === 'loading') return <p className="grid-note" role="status">{t('table.loading')}</p>
  if (live.phase !== 'ready') return null
  if (live.view.total > 0) {
    return (
      <p className="grid-note">
        {t('table.noMatch')} <button type="button" className="quiet" onClick={() => setPage({ text: '', states: [], classes: [] })}>{t('table.clear')}</button>
      </p>
    )
  }
  return <p className="grid-note"><b>{t('table.empty')}</b> {t('table.emptyHint')}</p>
}

function differing(a: Uint32Array, b: Uint32Array): number {
  let n = 0
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) n++
  return n
}
