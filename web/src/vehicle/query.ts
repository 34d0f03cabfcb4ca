// SPDX-License-Identifier: Apache-2.0
// The address of the Vehicle page: /vehicles/{id}?day=YYYY-MM-DD&t=HH:MM:SS (a fraction may follow), both UTC. `t` may be a whole instant, which names the
// day too. Wrong values fall back to the default.

export interface VehicleQuery {
  /** Null: the day of the newest record. */
  day: string | null
  /** Null: the beginning of what is known of the day. */
  atMs: number | null
}

const kDayMs = 86_400_000

export function parseVehicleQuery(search: string): VehicleQuery {
  const params = new URLSearchParams(search)
  const day = validDay(params.get('day'))
  const t = params.get('t') ?? ''
  const instant = /^\d{4}-\d{2}-\d{2}T/.test(t) ? Date.parse(t) : Number.NaN
  if (!Number.isNaN(instant)) {
    const own = new Date(instant).toISOString().slice(0, 10)
    return day === null || day === own ? { day: own, atMs: instant } : { day, atMs: null }
  }
  const clock = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{1,3})?))?$/.exec(t)
  if (day === null || !clock) return { day, atMs: null }
  return { day, atMs: Date.parse(day) + (Number(clock[1]) * 3600 + Number(clock[2]) * 60) * 1000 + Math.round(Number(clock[3] ?? 0) * 1000) }
}

export function formatVehicleQuery(query: VehicleQuery, search: string): string {
  const params = new URLSearchParams(search)
  params.delete('day')
  params.delete('t')
  if (query.day !== null) {
    params.set('day', query.day)
    if (query.atMs !== null) params.set('t', new Date(query.atMs).toISOString().slice(11, 19))
  }
  return params.toString().replaceAll('%3A', ':').replaceAll('%2F', '/')
}

export function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

export function endOf(day: string): number {
  return startOf(day) + kDayMs
}

function validDay(text: string | null): string | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const ms = startOf(text)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : text
}
