// SPDX-License-Identifier: Apache-2.0
// The colours of lines are told apart by everyone: distances in OKLab as normal sight and three deficiencies see them (matrices of
// Machado, Oliveira and Fernandes 2009, severity 1), and contrast with the ground.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseHex, type Rgb } from '../map/palette'

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
const kSights: readonly (readonly Rgb[])[] = [
  [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
]

function tokensOf(theme: 'dark' | 'light'): Map<string, Rgb> {
  const block = css.slice(css.indexOf(`[data-theme=${theme}]`)).split('}')[0]!
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{3,6})\b/g)].map((m) => [m[1]!, parseHex(m[2]!)]))
}

const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
const dot = (a: Rgb, b: Rgb) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

function oklab(colour: Rgb, sight: readonly Rgb[]): Rgb {
  const light = colour.map(linear) as unknown as Rgb
  const seen = sight.map((row) => Math.min(1, Math.max(0, dot(row, light)))) as unknown as Rgb
  const lms = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]].map((row) => Math.cbrt(dot(row as unknown as Rgb, seen))) as unknown as Rgb
  return [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]].map((row) => dot(row as unknown as Rgb, lms)) as unknown as Rgb
}

const luminance = (colour: Rgb) => dot([0.2126, 0.7152, 0.0722], colour.map(linear) as unknown as Rgb)

describe.each(['dark', 'light'] as const)('lines on the %s theme', (theme) => {
  const tokens = tokensOf(theme)
  const lines = Array.from({ length: 8 }, (_, i) => tokens.get(`ch-${i}`)!)

  it('stand out from the panel by 3 : 1', () => {
    const panel = luminance(tokens.get('panel')!)
    for (const line of lines) {
      const [high, low] = [Math.max(luminance(line), panel), Math.min(luminance(line), panel)]
      expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(3)
    }
  })

  it('differ for normal sight, protanopia, deuteranopia and tritanopia', () => {
    for (const sight of kSights) {
      const seen = lines.map((line) => oklab(line, sight))
      for (let a = 0; a < seen.length; a++) {
        for (let b = 0; b < a; b++) expect(100 * Math.hypot(...seen[a]!.map((part, i) => part - seen[b]![i]!)), `${a} and ${b}`).toBeGreaterThan(6)
      }
    }
  })
})
