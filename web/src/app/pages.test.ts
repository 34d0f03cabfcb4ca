// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { addressOf, kPageIds, pageAt } from './pages'

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
  })
})
