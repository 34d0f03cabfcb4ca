// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react'
import { useAlerts } from './alerts-store'
import { withPending } from './optimistic'
import { type Counts, countAlerts, selectAlerts } from './query'
import type { Alert } from '../api/types'

export interface AlertsView {
  all: readonly Alert[]
  shown: readonly Alert[]
  counts: Counts
}

/** The list with what the reader just did, filtered and in order. */
export function useAlertsView(): AlertsView {
  const { alerts, pending, query } = useAlerts()
  const all = useMemo(() => withPending(alerts, pending), [alerts, pending])
  const { severities, types, states, vehicle, sort, ascending } = query
  return useMemo(
    () => ({ all, shown: selectAlerts(all, query, Date.now()), counts: countAlerts(all, query) }),
    // Not on the alert that the drawer shows.
    // oxlint-disable-next-line react/exhaustive-deps
    [all, severities, types, states, vehicle, sort, ascending],
  )
}
