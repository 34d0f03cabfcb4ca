// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react'
import { fleets as readFleets } from '../api/client'
import type { Fleet } from '../api/types'
import { setPage, usePage } from './page-store'

const kRefreshMs = 30_000
const kRetryMs = 3000

/** The list of fleets, read again now and then. Without a fleet in the address the one with the newest record is shown. */
export function useFleets(): { fleets: Fleet[]; failure: string | null; loaded: boolean } {
  const [state, setState] = useState<{ fleets: Fleet[]; failure: string | null; loaded: boolean }>({ fleets: [], failure: null, loaded: false })
  useEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = async () => {
      try {
        const fleets = await readFleets(abort.signal)
        setState({ fleets, failure: null, loaded: true })
        if (usePage.getState().fleet === null && fleets.length > 0) setPage({ fleet: newest(fleets).fleet_id }, 'replace')
        timer = setTimeout(() => void read(), fleets.length === 0 ? kRetryMs : kRefreshMs)
      } catch (error) {
        if (abort.signal.aborted) return
        setState((s) => ({ ...s, failure: s.loaded ? null : error instanceof Error ? error.message : String(error) }))
        timer = setTimeout(() => void read(), kRetryMs)
      }
    }
    void read()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [])
  return state
}

function newest(fleets: Fleet[]): Fleet {
  return fleets.reduce((a, b) => ((b.last_ts ?? '') > (a.last_ts ?? '') ? b : a))
}
