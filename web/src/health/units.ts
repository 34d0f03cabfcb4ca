// SPDX-License-Identifier: Apache-2.0
// Sizes and short times in the reader's language.
import type { Formatter } from '../i18n/format'
import { kDash } from '../i18n/format'

const kSteps = { fr: ['o', 'ko', 'Mo', 'Go', 'To'], en: ['B', 'kB', 'MB', 'GB', 'TB'] } as const

export function bytesText(format: Formatter, bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return kDash
  let value = bytes
  let step = 0
  while (value >= 1000 && step < 4) {
    value /= 1000
    step++
  }
  const unit = kSteps[format.language][step]!
  return step === 0 || value >= 100 ? `${format.int(value)}\u00a0${unit}` : format.with(value, unit)
}

export function latencyText(format: Formatter, seconds: number | null): string {
  if (seconds === null) return kDash
  if (seconds >= 1) return format.with(seconds, 's')
  const ms = seconds * 1000
  return ms >= 100 ? `${format.int(ms)}\u00a0ms` : format.with(ms, 'ms')
}

export function rateText(format: Formatter, perSecond: number | null): string {
  if (perSecond === null) return kDash
  return perSecond >= 100 || perSecond === 0 ? format.int(perSecond) : format.dec(perSecond)
}
