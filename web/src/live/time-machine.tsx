// SPDX-License-Identifier: Apache-2.0
// The whole fleet at an instant of a past day, or of today: a scrubber over its minutes, and a play button that walks through them.
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { Icon } from '../shell/icons'
import { useLive } from './client'
import { clockOf, kMinuteMs, lastMinute, minuteOf } from './instant'

/** Minutes of the day in a second of play. */
const kSteps = [1, 5, 15] as const
const kStepMs = 1000
/** A hand that drags asks for an instant when it has rested this long. */
const kRestMs = 150

export function TimeMachine({ day }: { day: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { moving, phase } = useLive()
  const at = usePage((s) => s.at)
  const last = lastMinute(day, useNow(kMinuteMs))
  const known = at === null ? last : Math.min(last, minuteOf(at))
  /** Where the hand is, until the page follows. */
  const [held, setHeld] = useState<number | null>(null)
  const [step, setStep] = useState<(typeof kSteps)[number]>(5)
  const [playing, setPlaying] = useState(false)
  const minute = held ?? known
  const rest = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const go = (to: number, delayMs: number) => {
    setHeld(to)
    clearTimeout(rest.current)
    rest.current = setTimeout(() => {
      setPage({ at: clockOf(to) }, 'replace')
      setHeld(null)
    }, delayMs)
  }
  useEffect(() => () => clearTimeout(rest.current), [])
  // One step at a time: the next waits until the one before is on the map.
  const busy = moving || phase !== 'ready' || held !== null
  useEffect(() => {
    if (!playing || busy) return
    const id = setTimeout(() => {
      if (known >= last) setPlaying(false)
      else setPage({ at: clockOf(Math.min(last, known + step)) }, 'replace')
    }, kStepMs)
    return () => clearTimeout(id)
  }, [playing, busy, known, last, step])
  const start = Date.parse(`${day}T00:00:00Z`)
  const time = format.clockMinute(start + minute * kMinuteMs)
  return (
    <div className="time-machine" role="group" aria-label={t('machine.label')} data-machine={moving ? 'moving' : 'still'}>
      <button type="button" className="icon-button" data-machine-play aria-pressed={playing} aria-label={t(playing ? 'machine.pause' : 'machine.play')} title={t(playing ? 'machine.pause' : 'machine.play')}
        onClick={() => {
          if (!playing && known >= last) setPage({ at: clockOf(0) }, 'replace')
          setPlaying(!playing)
        }}
      ><Icon name={playing ? 'pause' : 'play'} /></button>
      <div className="segments" role="group" aria-label={t('machine.rate')}>
        {kSteps.map((one) => <button key={one} type="button" className="num" aria-pressed={one === step} title={t('machine.rateHint', { count: one, n: format.int(one) })} onClick={() => setStep(one)}>{one * 60}×</button>)}
      </div>
      <input
        type="range" min={0} max={last} step={1} value={minute} data-machine-slider aria-label={t('machine.slider')} aria-valuetext={time}
        onChange={(event) => {
          setPlaying(false)
          go(Number(event.target.value), kRestMs)
        }}
      />
      <b className="num" title={`${clockOf(minute)} UTC`}>{time}</b>
    </div>
  )
}
