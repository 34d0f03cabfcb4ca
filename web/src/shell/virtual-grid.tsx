// SPDX-License-Identifier: Apache-2.0
// A grid of which only the visible rows are in the document. It owns scrolling and the keys of a grid; what a row looks
// like, what it means and where the cursor is belong to the page.
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'

interface Props {
  label: string
  count: number
  rowPx: number
  columns: number
  head: ReactNode
  cursor: number
  /** Row to bring into view when it changes; -1 = none. */
  reveal: number
  /** Its change alone brings the row into view again. */
  revealKey: string
  onCursor: (index: number) => void
  onOpen: (index: number) => void
  /** Called for each visible row; the row's id must be `row-<index>`. */
  row: (index: number, topPx: number) => ReactNode
  onPointerEnter?: () => void
  onPointerLeave?: () => void
  multiselectable?: boolean
  /** Shown when there are no rows. */
  children: ReactNode
}

export function VirtualGrid({ label, count, rowPx, columns, head, cursor, reveal, revealKey, onCursor, onOpen, row, onPointerEnter, onPointerLeave, multiselectable, children }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => rowPx, overscan: 6 })
  // When what is shown changes, not each time the order does.
  useEffect(() => {
    if (reveal >= 0) virtual.scrollToIndex(reveal, { align: 'auto' })
    // oxlint-disable-next-line react/exhaustive-deps
  }, [revealKey, reveal >= 0])

  const onKey = (event: KeyboardEvent) => {
    // Buttons and fields in the grid, and Enter on a row that has the focus, are the page's own.
    const own = event.target === scroller.current
    if (!own && (!(event.target instanceof HTMLElement) || event.target.role !== 'row')) return
    const last = count - 1
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 1)
    const to: Record<string, number> = {
      ArrowDown: cursor + 1, ArrowUp: cursor - 1, PageDown: cursor + pageRows, PageUp: cursor - pageRows, Home: 0, End: last,
    }
    if (event.key === 'Enter' || event.key === ' ') {
      if (!own) return
      if (count > 0) onOpen(cursor)
    } else {
      const next = to[event.key]
      if (next === undefined) return
      const clamped = Math.max(0, Math.min(last, next))
      onCursor(clamped)
      virtual.scrollToIndex(clamped)
    }
    event.preventDefault()
  }
  return (
    <div
      className="grid-scroll" ref={scroller} role="grid" tabIndex={0} aria-label={label} aria-rowcount={count + 1} aria-colcount={columns} aria-multiselectable={multiselectable}
      aria-activedescendant={count > 0 ? `row-${cursor}` : undefined} onKeyDown={onKey}
    >
      <div className="grid-head" role="row" aria-rowindex={1}>{head}</div>
      <div className="grid-body" role="presentation" style={{ height: virtual.getTotalSize() }} onPointerEnter={onPointerEnter} onPointerLeave={onPointerLeave}>
        {virtual.getVirtualItems().map((item) => row(item.index, item.start))}
      </div>
      {count === 0 && children}
    </div>
  )
}

interface SortHeadProps {
  name: string
  label: string
  order: 'ascending' | 'descending' | 'none'
  onSort: () => void
}

/** Head of a column that can be sorted by. */
export function SortHead({ name, label, order, onSort }: SortHeadProps) {
  return (
    <div role="columnheader" className={`cell c-${name}`} aria-sort={order}>
      <button type="button" tabIndex={-1} onClick={onSort}>
        {label}
        <svg className={order === 'none' ? 'sort-mark' : order === 'descending' ? 'sort-mark down' : 'sort-mark up'} viewBox="0 0 8 6" width="8" height="6" aria-hidden="true"><path d="M4 5.500 0.500 0.500h7z" fill="currentColor" /></svg>
      </button>
    </div>
  )
}
