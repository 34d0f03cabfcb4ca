// SPDX-License-Identifier: Apache-2.0
// Instants of the time machine: whole minutes of a UTC day. Pure.

export const kMinuteMs = 60_000
export const kMinutes = 1440

/** Day and clock of an instant, as they stand in the address. */
export function instantBefore(ms: number): { date: string; at: string } {
  const text = new Date(Math.floor(ms / kMinuteMs) * kMinuteMs).toISOString()
  return { date: text.slice(0, 10), at: text.slice(11, 16) }
}

/** The last minute of a day that has been: of today, the one that is over. */
export function lastMinute(day: string, nowMs: number): number {
  return Math.max(0, Math.min(kMinutes - 1, Math.floor((nowMs - Date.parse(`${day}T00:00:00Z`)) / kMinuteMs) - 1))
}

export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

export function minuteOf(at: string): number {
  return Number(at.slice(0, 2)) * 60 + Number(at.slice(3, 5))
}
