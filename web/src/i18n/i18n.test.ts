// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import en from './en.json'
import { Formatter, kDash } from './format'
import fr from './fr.json'

type Tree = { [key: string]: string | Tree }

function leaves(tree: Tree, path = ''): Map<string, string> {
  return new Map(Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[`${path}${key}`, value] as const] : [...leaves(value, `${path}${key}.`)])))
}

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

describe('the catalogues', () => {
  const english = leaves(en)
  const french = leaves(fr)
  const base = (keys: Iterable<string>) => new Set([...keys].map((k) => k.replace(/_(one|many|other)$/, '')))

  it('have the same keys', () => {
    expect([...base(french.keys())].toSorted()).toEqual([...base(english.keys())].toSorted())
  })

  it('use the same placeholders', () => {
    const holes = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map((m) => m[0]).toSorted()
    for (const [key, text] of english) if (french.has(key)) expect([key, holes(french.get(key)!)]).toEqual([key, holes(text)])
  })

  it('leave nothing empty', () => {
    for (const text of [...english.values(), ...french.values()]) expect(text.trim()).not.toBe('')
  })
})

describe('Formatter', () => {
  const french = new Formatter('fr', ['fr-FR'])
  const english = new Formatter('en', ['en-GB'])

  it('writes numbers as each language does', () => {
    expect(plain(french.with(42.5, 'km/h'))).toBe('42,5 km/h')
    expect(plain(english.with(42.5, 'km/h'))).toBe('42.5 km/h')
    expect(plain(french.int(12345))).toBe('12 345')
    expect(english.int(12345)).toBe('12,345')
    expect(plain(french.percent(61))).toBe('61,0 %')
    expect(english.wholePercent(61.4)).toBe('61%')
  })

  it('shows absent values as a dash, never as zero', () => {
    expect(french.with(null, 'km/h')).toBe(kDash)
    expect(english.int(null)).toBe(kDash)
    expect(english.age(null)).toBe(kDash)
    expect(english.dec(Number.NaN)).toBe(kDash)
  })

  it.each([[0, '0 s'], [59.9, '59 s'], [60, '1 min'], [3599, '59 min'], [7500, '2 h 05'], [90_000, '1 d'], [-3, '0 s']])('tells an age of %d s as %s', (seconds, text) => {
    expect(plain(english.age(seconds))).toBe(text)
  })

  it('keeps a tenth in short waits', () => {
    expect(plain(french.seconds(0.4))).toBe('0,4 s')
    expect(plain(english.seconds(42))).toBe('42 s')
  })

  it('dates by language, days in UTC', () => {
    expect(french.day('2026-11-23')).toBe('lun. 23 nov.')
    expect(english.dayLong('2026-11-23')).toMatch(/^Monday,? 23 November 2026$/)
    expect(new Formatter('fr', ['en-US', 'fr-CA']).locale).toBe('fr-CA')
    expect(new Formatter('en', ['fr-FR']).locale).toBe('en-GB')
  })
})
