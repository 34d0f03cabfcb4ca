// SPDX-License-Identifier: Apache-2.0
// Colours of the map. The markers' come from the design tokens of the page; the base map has a palette of its own.

export interface BasePalette {
  water: string
  land: string
  border: string
  department: string
  river: string
  label: string
  minorLabel: string
  halo: string
}

export const kBasePalettes: Record<'dark' | 'light', BasePalette> = {
  dark: {
    water: '#0a1119', land: '#141a22', border: '#46525f', department: '#2a343f', river: '#173046', label: '#c3ccd6',
    minorLabel: '#7f8b98', halo: '#0b0f14',
  },
  light: {
    water: '#c8d9e4', land: '#eef0ee', border: '#98a3ab', department: '#cdd4d6', river: '#b4cfe0', label: '#2d3842',
    minorLabel: '#6a7580', halo: '#ffffff',
  },
}

export type Rgb = readonly [number, number, number]

export interface MarkerPalette {
  /** By colour class 0…4, then silent. */
  classes: Rgb[]
  halo: Rgb
  accent: Rgb
}

/** `#rgb` or `#rrggbb` → components in [0, 1]. The production CSS is minified, so both forms occur. */
export function parseHex(text: string): Rgb {
  const hex = text.trim().replace('#', '')
  const wide = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex
  const value = Number.parseInt(wide, 16)
  if (wide.length !== 6 || Number.isNaN(value)) throw new Error(`not a colour: ${text}`)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}

export function markerPalette(root: Element): MarkerPalette {
  const style = getComputedStyle(root)
  const colour = (name: string) => parseHex(style.getPropertyValue(name))
  return {
    classes: [colour('--sp-0'), colour('--sp-1'), colour('--sp-2'), colour('--sp-3'), colour('--sp-4'), colour('--stale')],
    halo: colour('--halo'),
    accent: colour('--accent'),
  }
}
