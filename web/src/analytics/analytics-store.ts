// SPDX-License-Identifier: Apache-2.0
// What the page is asked, following the address bar, and the instant under the cursor, which all charts and the map share.
import { create } from 'zustand'
import { addressOf } from '../app/pages'
import { type HistoryMode, usePage, writeAddress } from '../app/page-store'
import { type AnalyticsQuery, formatAnalyticsQuery, kDefaultQuery, parseAnalyticsQuery } from './query'

export const useQuery = create<AnalyticsQuery>(() => parseAnalyticsQuery(location.search, Date.now()))

/** The instant under the pointer of any chart; null = none. */
export const useCursor = create<{ ms: number | null }>(() => ({ ms: null }))

addEventListener('popstate', () => {
  if (usePage.getState().page === 'analytics') useQuery.setState(parseAnalyticsQuery(location.search, Date.now()))
})

// Another fleet has other vehicles. When the address brought it (`restored`), it brought its vehicles too.
usePage.subscribe((now, before) => {
  if (now.page !== 'analytics' || now.fleet === before.fleet || before.fleet === null || now.restored !== before.restored) return
  setQuery({ vehicles: [], focus: null, day: null, all: kDefaultQuery.all }, 'replace')
})

export function setQuery(change: Partial<AnalyticsQuery>, mode: HistoryMode = 'push'): void {
  const query = { ...useQuery.getState(), ...change }
  useQuery.setState(query)
  writeAddress(addressOf('analytics', formatAnalyticsQuery(query, location.search)), mode)
}
