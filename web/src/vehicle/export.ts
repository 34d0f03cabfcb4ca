// SPDX-License-Identifier: Apache-2.0
// Files of what is shown. GPX and GeoJSON are one answer of the server; a CSV comes in pages, which are joined here when there are
// several.
import { ApiError, kApiBase } from '../api/client'
import { endOf, startOf } from './query'

export const kExports = ['csv', 'gpx', 'geojson'] as const
export type ExportFormat = (typeof kExports)[number]

const kPageRecords = 10_000

export function exportUrl(id: string, day: string, format: ExportFormat, cursor: string | null = null): string {
  const range = new URLSearchParams({ from: new Date(startOf(day)).toISOString(), to: new Date(endOf(day)).toISOString(), format })
  if (format === 'csv') {
    range.set('order', 'asc')
    range.set('limit', String(kPageRecords))
    if (cursor !== null) range.set('cursor', cursor)
  }
  return `${kApiBase}/devices/${encodeURIComponent(id)}/history?${range}`
}

export function exportName(id: string, day: string, format: ExportFormat): string {
  return `${id.replaceAll(':', '_')}-${day}.${format}`
}

/** Whether the browser can fetch the file by a plain link. */
export function isOneAnswer(format: ExportFormat, records: number): boolean {
  return format !== 'csv' || records <= kPageRecords
}

/** All pages of the CSV; each repeats the header. */
export async function wholeCsv(id: string, day: string): Promise<Blob> {
  const parts: string[] = []
  let cursor: string | null = null
  do {
    const response: Response = await fetch(exportUrl(id, day, 'csv', cursor))
    if (!response.ok) throw new ApiError(response.status, response.statusText)
    const text = await response.text()
    parts.push(cursor === null ? text : text.slice(text.indexOf('\n') + 1))
    cursor = response.headers.get('fleet-next-cursor')
  } while (cursor !== null)
  return new Blob(parts, { type: 'text/csv' })
}

export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
