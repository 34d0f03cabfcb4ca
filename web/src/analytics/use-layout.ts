// SPDX-License-Identifier: Apache-2.0
// Heights of the charts and how many points a line gets, from the size of the page.
import { type RefObject, useEffect, useRef, useState } from 'react'

const kPointStep = 100
const kMostPoints = 1500

export function useLayout(): { box: RefObject<HTMLElement | null>; points: number; height: { main: number; small: number } } {
  const box = useRef<HTMLElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setSize({ width: entry?.contentRect.width ?? 0, height: entry?.contentRect.height ?? 0 }))
    if (box.current) watch.observe(box.current)
    return () => watch.disconnect()
  }, [])
  const { width, height } = size
  const phone = width < 760
  // In steps, so that a narrow change of the window does not ask for everything again. A column of pixels gets one point at least.
  const points = width === 0 ? 0 : Math.min(kMostPoints, Math.max(300, Math.ceil((width * (phone ? 1 : 0.7)) / kPointStep) * kPointStep))
  const main = phone ? 230 : Math.round(Math.max(260, Math.min(420, height * 0.36)))
  const small = phone ? 150 : Math.round(Math.max(130, Math.min(190, height * 0.17)))
  return { box, points, height: { main, small } }
}
