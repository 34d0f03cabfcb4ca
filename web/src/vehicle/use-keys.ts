// SPDX-License-Identifier: Apache-2.0
// Keys of the Vehicle page, as in the help: the replay, events, days, the map.
import { type RefObject, useEffect, useRef } from 'react'
import type { FleetMap } from '../map/fleet-map'
import { addDays, today } from '../shell/calendar'
import type { Span } from './day-track'
import { type DayEvent, neighbour } from './events'
import { togglePlay } from './player'
import { faster, slower } from './replay'
import { chooseDay, seek, useReplay, type VehicleDay } from './vehicle-store'

const kStepMs = 10_000
const kLongStepMs = 60_000

export function useVehicleKeys(day: VehicleDay | null, events: readonly DayEvent[], span: Span | null, map: RefObject<FleetMap | null>): void {
  const onKey = useRef<(event: KeyboardEvent) => void>(() => undefined)
  onKey.current = (event) => {
    const { target } = event
    const field = target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)
    if (field || day === null || span === null || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    // The map and lists have arrows of their own; a button is pressed by the space bar.
    const own = target instanceof HTMLElement && target.closest('canvas, .course, .calendar, button, a') !== null
    const { atMs, rate, skip } = useReplay.getState()
    const at = atMs ?? span.fromMs
    const go = (ms: number | null) => { if (ms !== null) seek(ms) }
    switch (event.key) {
      case ' ': if (own) return; togglePlay(span); break
      case 'p': togglePlay(span); break
      case 'ArrowLeft': case 'ArrowRight': {
        if (own) return
        go(Math.max(span.fromMs, Math.min(span.toMs, at + (event.key === 'ArrowLeft' ? -1 : 1) * (event.shiftKey ? kLongStepMs : kStepMs))))
        break
      }
      case 'Home': if (own) return; go(span.fromMs); break
      case 'End': if (own) return; go(span.toMs); break
      case 'j': go(neighbour(events, at, true)); break
      case 'k': go(neighbour(events, at, false)); break
      case '>': useReplay.setState({ rate: faster(rate) }); break
      case '<': useReplay.setState({ rate: slower(rate) }); break
      case 's': useReplay.setState({ skip: !skip }); break
      case '[': chooseDay(addDays(day.day, -1)); break
      case ']': if (day.day < today()) chooseDay(addDays(day.day, 1)); break
      case '0': map.current?.fitTrail(true); break
      case '+': map.current?.zoomBy(1); break
      case '-': map.current?.zoomBy(-1); break
      default: return
    }
    event.preventDefault()
  }
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}
