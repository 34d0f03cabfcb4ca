// SPDX-License-Identifier: Apache-2.0
// What the user chose on the page. The address bar follows it: choices make a history entry, map moves replace the
// current one, and Back brings the former choices back.
import { create } from 'zustand'
import { addressOf, type PageId, pageAt, vehicleAt } from './pages'
import { formatPage, kDefaultPage, type PageState, parsePage } from './url'

interface PageStore extends PageState {
  page: PageId
  /** Of the page of a vehicle. */
  vehicle: string | null
  follow: boolean
  /** Grows when the view has to be taken from `map`, because it came from the address bar. */
  restored: number
}

export const usePage = create<PageStore>(() => ({ ...kDefaultPage, page: 'live', vehicle: null, follow: false, restored: 0 }))

export type HistoryMode = 'push' | 'replace'

/** Changes the page and its address. Choosing a fleet or a date drops what belonged to the former one. */
export function setPage(change: Partial<PageState>, mode: HistoryMode = 'push'): void {
  const before = pageOf(usePage.getState())
  const next = { ...before, ...change }
  if (next.sel !== before.sel) usePage.setState({ ...change, follow: false })
  else usePage.setState(change)
  const { page, vehicle } = usePage.getState()
  writeAddress(addressOf(page, formatPage(next, location.search), vehicle), mode)
}

/** Puts an address of this origin into the history, unless it is there already. */
export function writeAddress(url: string, mode: HistoryMode): void {
  if (url === `${location.pathname}${location.search}`) return
  if (mode === 'push') history.pushState(null, '', url)
  else history.replaceState(null, '', url)
}

export function startPage(): void {
  const restore = () => {
    usePage.setState((s) => ({ ...parsePage(location.search), page: pageAt(location.pathname), vehicle: vehicleAt(location.pathname), follow: false, restored: s.restored + 1 }))
  }
  restore()
  addEventListener('popstate', restore)
}

function pageOf(s: PageStore): PageState {
  const { fleet, sel, date, at, text, states, classes, sort, descending, map } = s
  return { fleet, sel, date, at, text, states, classes, sort, descending, map }
}
