// SPDX-License-Identifier: Apache-2.0

/** Instants for the axis: whole steps of UTC, at most `most` of them. */
export function axisTicks(fromMs: number, toMs: number, most: number): { stepMs: number; ticks: number[] } {
  const steps = [5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400, 43_200].map((minutes) => minutes * 60_000)
  const stepMs = steps.find((step) => (toMs - fromMs) / step <= most) ?? steps.at(-1)!
  const ticks: number[] = []
  for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms <= toMs; ms += stepMs) ticks.push(ms)
  return { stepMs, ticks }
}
