// SPDX-License-Identifier: Apache-2.0
// What is drawn behind and over the lines: alerts as spans of time, limits as lines. Pure.
import type { Alert, Severity } from '../api/types'
import type { Rule } from './api'
import { kMetricInfo, type Metric } from './metrics'

export interface Shade {
  fromMs: number
  toMs: number
  severity: Severity
}

/** Alerts of a metric that touch the range; one that goes on ends at `nowMs`. The most serious come last, to lie on top. */
export function shadesOf(alerts: readonly Alert[], metric: Metric, fromMs: number, toMs: number, nowMs: number): Shade[] {
  const order: Severity[] = ['LOW', 'MEDIUM', 'HIGH']
  return alerts
    .filter((alert) => !alert.retracted && kMetricInfo[metric].alerts.includes(alert.type))
    .map((alert) => ({ fromMs: Date.parse(alert.start), toMs: alert.end === null ? nowMs : Date.parse(alert.end), severity: alert.severity }))
    .filter((shade) => shade.toMs >= fromMs && shade.fromMs < toMs)
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || a.fromMs - b.fromMs)
}

/** Limits of the rules that hold for the metric in this fleet, for every compared vehicle or for some; each value once. */
export function limitsOf(rules: readonly Rule[], metric: Metric, fleet: string, devices: readonly string[]): number[] {
  const limits = rules
    .filter((rule) => rule.limit !== undefined && kMetricInfo[metric].alerts.some((type) => type === rule.type))
    .filter((rule) => (!rule.fleets || rule.fleets.includes(fleet)) && (!rule.devices || rule.devices.some((one) => devices.includes(one))))
    .map((rule) => rule.limit!)
  return [...new Set(limits)].toSorted((a, b) => a - b)
}
