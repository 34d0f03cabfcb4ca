// SPDX-License-Identifier: Apache-2.0
// Which page an address means, and the address of a page. The paths are those of kPages in src/server/pages.cpp.

export const kPageIds = ['live', 'analytics', 'alerts'] as const
export type PageId = (typeof kPageIds)[number]

export function pageAt(path: string): PageId {
  const named = path.replace(/^\/|\/$/g, '')
  return kPageIds.find((id) => id === named) ?? 'live'
}

export function addressOf(page: PageId, query: string): string {
  return `/${page}${query === '' ? '' : `?${query}`}`
}

/** Goes to a page with a new step of the history; every store reads the address again. */
export function navigate(page: PageId, params: Record<string, string | null>): void {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== null) query.set(name, value)
  const testing = new URLSearchParams(location.search).get('e2e')
  if (testing !== null) query.set('e2e', testing)
  history.pushState(null, '', addressOf(page, query.toString()))
  dispatchEvent(new PopStateEvent('popstate'))
}
