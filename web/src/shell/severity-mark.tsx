// SPDX-License-Identifier: Apache-2.0
// Severity by shape as well as by colour: triangle, diamond, disc. State likewise.
import type { AlertState, Severity } from '../api/types'

export const kSeverityShapes: Record<Severity, string> = {
  HIGH: 'M6 1 11.300 10.500H.700Z',
  MEDIUM: 'M6 .8 11.200 6 6 11.200.800 6Z',
  LOW: 'M6 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z',
}

export function SeverityMark({ severity }: { severity: Severity }) {
  return <svg className={`sev-mark ${severity.toLowerCase()}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d={kSeverityShapes[severity]} fill="currentColor" /></svg>
}

export function shapeAt(severity: Severity, x: number, y: number, scale: number): { d: string; transform: string } {
  return { d: kSeverityShapes[severity], transform: `translate(${x - 6 * scale} ${y - 6 * scale}) scale(${scale})` }
}

export function AlertStateMark({ state }: { state: AlertState }) {
  return (
    <svg className={`as-mark ${state.toLowerCase()}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.600" strokeLinecap="round" strokeLinejoin="round">
      {state === 'OPEN' && <circle cx="6" cy="6" r="4" />}
      {state === 'ACKNOWLEDGED' && <><circle cx="6" cy="6" r="4" /><circle cx="6" cy="6" r="1.500" fill="currentColor" stroke="none" /></>}
      {state === 'RESOLVED' && <path d="m2 6.500 2.700 2.700L10 3.500" />}
    </svg>
  )
}
