// SPDX-License-Identifier: Apache-2.0
// Rows of the table: an alert each, and an incident as one folded row in the place of its first member. Pure.
import type { Alert, Incident } from '../api/types'

export type AlertRow =
  | { kind: 'alert'; key: string; alert: Alert; member: boolean }
  | { kind: 'incident'; key: string; incident: Incident; members: Alert[]; open: boolean }

/** `alerts` are those that pass the filter, in order; an incident of which fewer than two pass is not folded. */
export function rowsOf(alerts: readonly Alert[], incidents: readonly Incident[], unfolded: ReadonlySet<string>): AlertRow[] {
  const incidentOf = new Map<string, Incident>()
  for (const incident of incidents) for (const id of incident.alert_ids) incidentOf.set(id, incident)
  const members = new Map<string, Alert[]>()
  for (const alert of alerts) {
    const incident = incidentOf.get(alert.id)
    if (incident) members.set(incident.id, [...(members.get(incident.id) ?? []), alert])
  }
  const rows: AlertRow[] = []
  const placed = new Set<string>()
  for (const alert of alerts) {
    const incident = incidentOf.get(alert.id)
    const some = incident ? members.get(incident.id)! : []
    if (!incident || some.length < 2) {
      rows.push({ kind: 'alert', key: alert.id, alert, member: false })
      continue
    }
    if (placed.has(incident.id)) continue
    placed.add(incident.id)
    const open = unfolded.has(incident.id)
    rows.push({ kind: 'incident', key: `incident-${incident.id}`, incident, members: some, open })
    if (open) for (const one of some) rows.push({ kind: 'alert', key: one.id, alert: one, member: true })
  }
  return rows
}

export function alertsOf(row: AlertRow | undefined): Alert[] {
  if (!row) return []
  return row.kind === 'alert' ? [row.alert] : row.members
}
