// SPDX-License-Identifier: Apache-2.0
// The product's own line icons, 16 px, drawn for this page. They always stand beside words or on a labelled button.
import type { ReactNode } from 'react'

const kPaths = {
  live: <><path d="M8 14s4.500-4 4.500-7.500a4.500 4.500 0 0 0-9 0C3.500 10 8 14 8 14Z" /><circle cx="8" cy="6.500" r="1.500" /></>,
  truck: <><path d="M1.500 4h7.500v7H1.500zM9 6.500h3l2.500 2.500v2H9" /><circle cx="4.500" cy="11.500" r="1.300" /><circle cx="11.500" cy="11.500" r="1.300" /></>,
  calendar: <><rect x="2.500" y="3.500" width="11" height="10" rx="1.500" /><path d="M2.500 6.500h11M5.500 2v3M10.500 2v3" /></>,
  search: <><circle cx="7" cy="7" r="4.200" /><path d="m10.300 10.300 3.200 3.200" /></>,
  sun: <><circle cx="8" cy="8" r="2.800" /><path d="M8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M3.400 12.600l1-1M11.600 4.400l1-1" /></>,
  moon: <path d="M13.500 9.600A5.800 5.800 0 0 1 6.400 2.500a5.800 5.800 0 1 0 7.100 7.100Z" />,
  system: <><rect x="2" y="3" width="12" height="8" rx="1.200" /><path d="M5.500 13.500h5M8 11v2.500" /></>,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  fit: <path d="M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10" />,
  follow: <><circle cx="8" cy="8" r="3.200" /><path d="M8 1.500v3.300M8 11.200v3.300M1.500 8h3.300M11.200 8h3.300" /></>,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  down: <path d="m4.500 6.500 3.500 3.500 3.500-3.500" />,
  left: <path d="M9.500 4 6 8l3.500 4" />,
  right: <path d="M6.500 4 10 8l-3.500 4" />,
  first: <path d="M12 4 8.500 8l3.500 4M7.500 4 4 8l3.500 4" />,
  last: <path d="M4 4l3.500 4L4 12M8.500 4 12 8l-3.500 4" />,
  gauge: <><path d="M2.800 12a6 6 0 1 1 10.400 0M8 9.500 10.800 6" /><circle cx="8" cy="9.500" r=".8" /></>,
  battery: <><rect x="1.500" y="5" width="11" height="6" rx="1.200" /><path d="M14.500 7v2M4 7v2" /></>,
  alert: <><circle cx="8" cy="8" r="6" /><path d="M8 5v3.500M8 10.800v.2" /></>,
  pulse: <path d="M1.500 8.500h3l2-5 3 9 2-4h3" />,
  offline: <><path d="M2 5.500 6 3.500l4 2 4-2v8l-4 2-4-2-4 2zM3 2l10.500 12" /></>,
  chart: <path d="M2 2.500v11h12M4.500 10l2.800-3.500 2.400 2L13.500 4" />,
  play: <path d="M5 3.200v9.600L12.500 8z" fill="currentColor" />,
  pause: <path d="M5.500 3.500v9M10.500 3.500v9" strokeWidth="2.400" />,
  download: <path d="M8 2.500v7.500M5 7l3 3 3-3M3 13h10" />,
  refresh: <path d="M13 8a5 5 0 1 1-1.500-3.600M13 2v2.800h-2.800" />,
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof kPaths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" strokeWidth="1.3" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {kPaths[name]}
    </svg>
  )
}

/** State by shape as well as by colour: drop, disc, ring, ring with a bar. */
export function StateMark({ state }: { state: 'moving' | 'stopped' | 'stale' | 'offline' }) {
  return (
    <svg className={`state-mark ${state}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {state === 'moving' && <path d="M6 .8c2 2.600 3.400 4.300 3.400 6.200a3.400 3.400 0 0 1-6.800 0C2.600 5.100 4 3.400 6 .8Z" fill="currentColor" />}
      {state === 'stopped' && <circle cx="6" cy="6" r="3.600" fill="currentColor" />}
      {state === 'stale' && <circle cx="6" cy="6" r="3.600" fill="none" stroke="currentColor" strokeWidth="1.700" />}
      {state === 'offline' && <><circle cx="6" cy="6" r="3.900" fill="none" stroke="currentColor" strokeWidth="1.500" /><path d="M3.300 8.700 8.700 3.300" stroke="currentColor" strokeWidth="1.500" /></>}
    </svg>
  )
}

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <path d="M16 3 28 28 16 22.500z" fill="#7a6ff0" />
      <path d="M16 3 4 28l12-5.500z" fill="#b6afff" />
    </svg>
  )
}
