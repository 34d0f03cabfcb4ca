// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { addressOf, kPageIds, pageAt, vehicleAt } from './pages'

describe('addresses of pages', () => {
  it.each(kPageIds)('%s reads back', (id) => {
    const url = new URL(addressOf(id, 'fleet=idf'), 'http://x')
    expect(pageAt(url.pathname)).toBe(id)
    expect(url.searchParams.get('fleet')).toBe('idf')
  })

  it('takes a path too, and the live page for what it does not know', () => {
    expect(pageAt('/alerts')).toBe('alerts')
    expect(pageAt('/')).toBe('live')
    expect(pageAt('/nonsense')).toBe('live')
    expect(vehicleAt('/alerts')).toBeNull()
  })

  it.each(['V-0421', 'a:b_c.d'])('keeps the id of a vehicle: %s', (id) => {
    const url = new URL(addressOf('vehicle', 'day=2026-11-23', id), 'http://x')
    expect([pageAt(url.pathname), vehicleAt(url.pathname)]).toEqual(['vehicle', id])
    expect(vehicleAt('/vehicles/%')).toBe('%')
    expect(pageAt('/vehicles/')).toBe('live')
  })
})
