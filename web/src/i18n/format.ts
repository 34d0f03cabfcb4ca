// SPDX-License-Identifier: Apache-2.0
// Numbers, units, ages and dates in the reader's locale. Absent values are a dash. One Formatter per locale.
import { type Language, localeOf } from './languages'

export const kDash = '–'

export class Formatter {
  readonly locale: string
  private readonly whole: Intl.NumberFormat
  private readonly tenth: Intl.NumberFormat
  private readonly signed: Intl.NumberFormat
  private readonly degrees: Intl.NumberFormat
  private readonly time: Intl.DateTimeFormat
  private readonly minute: Intl.DateTimeFormat
  private readonly dateShort: Intl.DateTimeFormat
  private readonly dateLong: Intl.DateTimeFormat
  private readonly stamp: Intl.DateTimeFormat
  private readonly stampUtc: Intl.DateTimeFormat

  constructor(readonly language: Language, preferred: readonly string[]) {
    this.locale = localeOf(language, preferred)
    const number = (digits: number) =>
      new Intl.NumberFormat(this.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    this.whole = number(0)
    this.tenth = number(1)
    this.signed = new Intl.NumberFormat(this.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' })
    this.degrees = number(4)
    this.time = new Intl.DateTimeFormat(this.locale, { timeStyle: 'medium' })
    this.minute = new Intl.DateTimeFormat(this.locale, { hour: '2-digit', minute: '2-digit' })
    this.dateShort = new Intl.DateTimeFormat(this.locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })
    this.dateLong = new Intl.DateTimeFormat(this.locale, { dateStyle: 'full', timeZone: 'UTC' })
    this.stamp = new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeStyle: 'medium' })
    this.stampUtc = new Intl.DateTimeFormat(this.locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
  }

  int(value: number | null): string {
    return present(value) ? this.whole.format(value) : kDash
  }

  dec(value: number | null): string {
    return present(value) ? this.tenth.format(value) : kDash
  }

  /** A difference with its sign: +2.3, −0.4. */
  change(value: number): string {
    return this.signed.format(value).replace('-', '−')
  }

  with(value: number | null, unit: string): string {
    return present(value) ? `${this.tenth.format(value)}\u00a0${unit}` : kDash
  }

  percent(value: number | null): string {
    return present(value) ? this.joinPercent(this.tenth.format(value)) : kDash
  }

  wholePercent(value: number | null): string {
    return present(value) ? this.joinPercent(this.whole.format(value)) : kDash
  }

  /** Latitude or longitude. */
  degree(value: number | null): string {
    return present(value) ? this.degrees.format(value) : kDash
  }

  /** A duration in the two largest units that matter: 0.4 s, 42 s, 3 min, 2 h 05, 4 d. */
  age(seconds: number | null): string {
    if (!present(seconds)) return kDash
    const s = Math.max(0, seconds)
    if (s < 60) return `${this.whole.format(Math.floor(s))}\u00a0s`
    if (s < 3600) return `${this.whole.format(Math.floor(s / 60))}\u00a0min`
    if (s < 86_400) {
      return `${Math.floor(s / 3600)}\u00a0h\u00a0${String(Math.floor((s % 3600) / 60)).padStart(2, '0')}`
    }
    return `${this.whole.format(Math.floor(s / 86_400))}\u00a0${this.language === 'fr' ? 'j' : 'd'}`
  }

  seconds(value: number): string {
    return value < 10 ? `${this.tenth.format(Math.max(0, value))}\u00a0s` : this.age(value)
  }

  clock(ms: number): string {
    return this.time.format(ms)
  }

  clockMinute(ms: number): string {
    return this.minute.format(ms)
  }

  dateTime(ms: number): string {
    return this.stamp.format(ms)
  }

  dateTimeUtc(ms: number): string {
    return `${this.stampUtc.format(ms)} UTC`
  }

  /** A UTC day, YYYY-MM-DD. */
  day(day: string): string {
    return this.dateShort.format(Date.parse(`${day}T00:00:00Z`))
  }

  dayLong(day: string): string {
    return this.dateLong.format(Date.parse(`${day}T00:00:00Z`))
  }

  private joinPercent(text: string): string {
    return this.language === 'fr' ? `${text}\u00a0%` : `${text}%`
  }
}

function present(value: number | null): value is number {
  return value !== null && Number.isFinite(value)
}
