// SPDX-License-Identifier: Apache-2.0
// Times on the page, in the reader's zone or in UTC, in the reader's language.
import { offsetText, zoneText } from '../i18n/zone'

const kDayMs = 86_400_000

export class TimeText {
  private readonly day: Intl.DateTimeFormat
  private readonly minute: Intl.DateTimeFormat
  private readonly second: Intl.DateTimeFormat
  private readonly full: Intl.DateTimeFormat
  private readonly long: Intl.DateTimeFormat
  /** Such as "Europe/Paris (UTC+1)". */
  readonly zone: string
  /** Such as "UTC+1". */
  readonly offset: string

  constructor(locale: string, readonly utc: boolean) {
    const timeZone = utc ? 'UTC' : undefined
    this.day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone })
    this.minute = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
    this.second = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone })
    this.full = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
    this.long = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone })
    this.offset = utc ? 'UTC' : offsetText()
    this.zone = utc ? 'UTC' : zoneText()
  }

  /** Labels of an axis whose ticks are `stepMs` apart: the day at each midnight and on the first, else the time. */
  ticks(splits: readonly number[], stepMs: number): string[] {
    return splits.map((ms) => {
      if (stepMs >= kDayMs || this.second.format(ms).startsWith('00:00:00')) return this.day.format(ms)
      return stepMs < 60_000 ? this.second.format(ms) : this.minute.format(ms)
    })
  }

  instant(ms: number): string {
    return this.full.format(ms)
  }

  /** A bucket: seconds only when it is shorter than a minute. */
  bucket(middleMs: number, bucketMs: number): string {
    return bucketMs < 60_000 ? this.long.format(middleMs - bucketMs / 2) : `${this.day.format(middleMs - bucketMs / 2)} ${this.minute.format(middleMs - bucketMs / 2)}`
  }

  clock(ms: number): string {
    return this.second.format(ms)
  }
}
