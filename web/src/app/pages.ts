// SPDX-License-Identifier: Apache-2.0
// Which page an address means, and the address of a page. The paths are those of kPages in src/server/pages.cpp.

/** The pages of the rail. */
export const kPageIds = ['live', 'analytics', 'alerts', 'health'] as const
export type PageId = (typeof kPageIds)[number] | 'vehicle'

const kVehicle = /^\/vehicles\/([^/]+)\/?$/

export function pageAt(path: string): PageId {
  if (kVehicle.test(path)) return 'vehicle'
  const named = path.replace(/^\/|\/$/g, '')
  return kPageIds.find((id) => id === named) ?? 'live'
}

/** The vehicle that a path names, or null. */
export function vehicleAt(path: string): string | null {
  const named = kVehicle.exec(path)
  if (!named) return null
  try {
    return decodeURIComponent(named[1]!)
  } catch {
    // A stray % is part of no id: the server will say that it does not know it.
    return named[1]!
  }
}

/** `vehicle` matters only for the page of a vehicle. */
export function addressOf(page: PageId, query: string, vehicle: string | null = null): string {
  const path = page === 'vehicle' ? `/vehicles/${encodeURIComponent(vehicle ?? '')}` : `/${page}`
  return `${path}${query === '' ? '' : `?${query}`}`
}

/** Goes to a page with a new step of the history; every store reads the address again. */
export function navigate(page: PageId, params: Record<string, string | null>, vehicle: string | null = null): void {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== null) query.set(name, value)
  const testing = new URLSearchParams(location.search).get('e2e')
  if (testing !== null) query.set('e2e', testing)
  history.pushState(null, '', addressOf(page, query.toString().replaceAll('%3A', ':'), vehicle))
  dispatchEvent(new PopStateEvent('popstate'))
}

/** Opens the page of a vehicle on a UTC day (null = its last one), at an instant of it when one is given. */
export function openVehicle(vehicle: string, fleet: string | null, day: string | null = null, atMs: number | null = null): void {
  navigate('vehicle', { fleet, day, t: atMs === null ? null : new Date(atMs).toISOString().slice(11, 23).replace('.000', '') }, vehicle)
}
