// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react'
import { deviceDay, fleetDay } from '../api/client'
import type { DeviceDay, FleetDay } from '../api/types'

const kRefreshMs = 60_000
const kDayMs = 86_400_000

/**
 * Repeats a reading every minute while its key stays the same; null before the first answer. A failure leaves the last
 * answer: what hangs on it is beside the live figures, and the connection pill already says when the server is away.
 */
function useReading<T>(key: string, read: (signal: AbortSignal) => Promise<T>): T | null {
  const [answer, setAnswer] = useState<{ key: string; value: T } | null>(null)
  useEffect(() => {
    const abort = new AbortController()
    const again = () => {
      read(abort.signal).then((value) => setAnswer({ key, value }), () => undefined)
    }
    again()
    const timer = setInterval(again, kRefreshMs)
    return () => {
      abort.abort()
      clearInterval(timer)
    }
    // `key` stands for everything that `read` depends on.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key])
  return answer?.key === key ? answer.value : null
}

/** The fleet's hours of a day and of the day before. */
export function useFleetDays(fleet: string | null, day: string): FleetDay[] | null {
  const before = new Date(Date.parse(day) - kDayMs).toISOString().slice(0, 10)
  return useReading<FleetDay[]>(`${fleet}/${day}`, async (signal) =>
    (fleet === null ? [] : await Promise.all([fleetDay(fleet, before, signal), fleetDay(fleet, day, signal)])))
}

export function useDeviceDay(device: string, day: string): DeviceDay | null {
  return useReading(`${device}/${day}`, (signal) => deviceDay(device, day, signal))
}
