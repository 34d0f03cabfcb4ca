// SPDX-License-Identifier: Apache-2.0

const kFirstMs = 250
const kMaxMs = 8000

/** Wait before connection attempt `n` (from 0): 0.25 s doubling to 8 s, of which the second half is random. */
export function backoffMs(n: number, random: () => number): number {
  const full = Math.min(kMaxMs, kFirstMs * 2 ** n)
  return full / 2 + (full / 2) * random()
}
