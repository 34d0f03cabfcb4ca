// SPDX-License-Identifier: Apache-2.0
// All vehicles that pass the filter, in the worker's order; only the visible rows are in the document. The order stands
// still while the pointer is over the rows, and says how many would have moved.
import { type RefObject, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { liveClient, useLive } from './client'
import { kSortKeys, type SortKey } from './query'
import { SortHead, VirtualGrid } from '../shell/virtual-grid'
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
  const fresh = live.view.rows
  const rows = frozen && frozen.length === fresh.length ? frozen : fresh
  const moved = useMemo(() => (rows === fresh ? 0 : differing(rows, fresh)), [rows, fresh])
  const [cursor, setCursor] = useState(0)

  const selectedSlot = page.sel === null ? -1 : liveClient.store.slotOf(page.sel)
  const selectedAt = selectedSlot < 0 ? -1 : rows.indexOf(selectedSlot)
  // The selected row takes the cursor when the selection changes, not each time the order does.
  useEffect(() => {
    if (selectedAt < 0) return
    setCursor(selectedAt)
    // oxlint-disable-next-line react/exhaustive-deps
  }, [page.sel, selectedAt >= 0])

  const sortBy = (key: SortKey) => {
    setFrozen(null)
    setPage({ sort: key, descending: page.sort === key ? !page.descending : key !== 'id' && key !== 'zone' && key !== 'state' })
  }
  const idAt = (i: number) => liveClient.store.ids[rows[i] ?? -1] ?? null
  const now = liveClient.nowMs()
  return (
    <section className="card table-card" aria-labelledby="table-title" id="vehicles">
      <TableHead filter={filter} shown={fresh.length} total={live.view.total} moved={moved} onRefresh={() => setFrozen(null)} />
      <VirtualGrid
        label={t('table.label')} count={rows.length} rowPx={kRowPx} columns={kSortKeys.length} cursor={cursor} reveal={selectedAt} revealKey={page.sel ?? ''}
        onCursor={setCursor} onOpen={(i) => onSelect(idAt(i))} onPointerEnter={() => setFrozen(fresh)} onPointerLeave={() => setFrozen(null)}
        head={kSortKeys.map((key) => (
          <SortHead key={key} name={key} label={t(`table.${key}`)} order={page.sort === key ? (page.descending ? 'descending' : 'ascending') : 'none'} onSort={() => sortBy(key)} />
        ))}
        row={(index, top) => {
          const slot = rows[index]!
          return (
            <VehicleRow
              key={index} slot={slot} index={index} top={top} nowMs={now} format={format} version={live.version}
              selected={slot === selectedSlot} active={index === cursor} onSelect={onSelect}
            />
          )
        }}
      >
        <Nothing />
      </VirtualGrid>
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
