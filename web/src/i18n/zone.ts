// SPDX-License-Identifier: Apache-2.0
// The reader's time zone in words.

/** Such as "UTC+1", as it is now. */
export function offsetText(): string {
  const offset = -new Date().getTimezoneOffset()
  const minutes = Math.abs(offset % 60)
  return `UTC${offset < 0 ? '−' : '+'}${Math.abs(Math.trunc(offset / 60))}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}`
}

/** Such as "Europe/Paris (UTC+1)". */
export function zoneText(): string {
  return `${new Intl.DateTimeFormat().resolvedOptions().timeZone} (${offsetText()})`
}
