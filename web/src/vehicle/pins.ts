// SPDX-License-Identifier: Apache-2.0
// What stands on the map beside the track: stops with their duration, alerts by shape and colour. Elements are made here because
// the map knows no React; they are buttons, so the keyboard reaches them.
import type { Severity } from '../api/types'
import type { Pin } from '../map/fleet-map'
import { kSeverityShapes } from '../shell/severity-mark'
import type { DayEvent } from './events'

const kSvg = 'http://www.w3.org/2000/svg'
const kMaxPins = 150

interface Words {
  stop: (number: number, from: number, to: number) => { short: string; long: string }
  alert: (event: DayEvent & { kind: 'alert' }) => string
}

/** The longest stops and the gravest alerts first, up to a limit. */
export function pinsOf(events: readonly DayEvent[], words: Words, onPick: (atMs: number) => void): Pin[] {
  const stops = events.filter((event) => event.kind === 'stop').toSorted((a, b) => b.stop.duration_s - a.stop.duration_s)
  const alerts = events.filter((event) => event.kind === 'alert').toSorted((a, b) => rank(a.alert.severity) - rank(b.alert.severity))
  const pins: Pin[] = stops.slice(0, kMaxPins).map((event) => {
    const { short, long } = words.stop(event.number, event.fromMs, event.toMs)
    const element = button(long, () => onPick(event.fromMs))
    element.className = 'pin stop num'
    element.textContent = short
    return { element, lat: event.stop.lat, lon: event.stop.lon }
  })
  for (const event of alerts.slice(0, kMaxPins)) {
    const { lat, lon, severity } = event.alert
    if (lat === null || lon === null) continue
    const element = button(words.alert(event), () => onPick(event.fromMs))
    element.className = `pin alert sev-mark ${severity.toLowerCase()}`
    element.dataset['alertPin'] = event.alert.id
    element.append(shape(severity))
    pins.push({ element, lat, lon })
  }
  return pins
}

/** Where the pointer is on the charts. */
export function ghostElement(): HTMLElement {
  const element = document.createElement('div')
  element.className = 'pin ghost'
  element.setAttribute('aria-hidden', 'true')
  return element
}

function button(label: string, onClick: () => void): HTMLButtonElement {
  const element = document.createElement('button')
  element.type = 'button'
  element.title = label
  element.setAttribute('aria-label', label)
  element.addEventListener('click', (event) => {
    event.stopPropagation()
    onClick()
  })
  return element
}

function shape(severity: Severity): SVGElement {
  const svg = document.createElementNS(kSvg, 'svg')
  svg.setAttribute('viewBox', '0 0 12 12')
  svg.setAttribute('width', '16')
  svg.setAttribute('height', '16')
  const path = document.createElementNS(kSvg, 'path')
  path.setAttribute('d', kSeverityShapes[severity])
  path.setAttribute('fill', 'currentColor')
  svg.append(path)
  return svg
}

function rank(severity: Severity): number {
  return severity === 'HIGH' ? 0 : severity === 'MEDIUM' ? 1 : 2
}
