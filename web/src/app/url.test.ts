// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { formatPage, kDefaultPage, type PageState, parsePage } from './url'

describe('the address bar', () => {
  it.each<Partial<PageState>>([
    {},
    { fleet: 'idf', sel: 'V-0421' },
    { fleet: 'a b&c', text: 'speed>90 zone_a', states: ['moving', 'stale'], classes: [0, 4], sort: 'speed', descending: true },
    { date: '2026-11-23', map: { zoom: 9.25, lat: 48.85123, lon: -2.35 } },
    { sort: 'id', descending: true },
    { date: '2026-11-23', at: '14:03' },
  ])('reads back what it wrote: %j', (change) => {
    const page = { ...kDefaultPage, ...change }
    expect(parsePage(`?${formatPage(page, '')}`)).toEqual(page)
  })

  it('falls back on nonsense', () => {
    expect(parsePage('?date=2026-02-30&at=14:03&sort=drop.desc&map=1/2&f=class:9&sel=')).toEqual({ ...kDefaultPage, text: 'class:9' })
    expect(parsePage('?map=99/0/0').map).toBeNull()
  })

  it('keeps parameters that are not its own', () => {
    expect(formatPage({ ...kDefaultPage, fleet: 'x' }, '?e2e=1&fleet=old')).toBe('fleet=x&e2e=1')
  })

  it('stays readable', () => {
    expect(formatPage({ ...kDefaultPage, fleet: 'idf', states: ['moving'], map: { zoom: 9.2, lat: 48.85, lon: 2.35 } }, '')).toBe('fleet=idf&f=is:moving&map=9.20/48.85000/2.35000')
  })
})
