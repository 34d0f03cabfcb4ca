// SPDX-License-Identifier: Apache-2.0
// The fleet of the Real-time page at an instant of a past day.
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Dashboard, launch, type Look } from './browser'
import { clock, drive, kDriveDay, kDriver, kDriverFleet } from './drive'
import { TestServer } from './server'

const kFrench: Look = { locale: 'fr-FR', theme: 'dark' }

let browser: Browser
let server: TestServer
let page: Dashboard
const records = drive()

beforeAll(async () => {
  browser = await launch()
  server = await TestServer.start()
  await server.ingest(records)
  // Known from noon on only.
  await server.ingest([{ device_id: 'D-LATE', fleet_id: kDriverFleet, ts: new Date(clock('12:00:00')).toISOString(), lat: 45.1, lon: 1.5, speed_kmh: 10 }])
})
afterAll(async () => {
  await browser?.close()
  await server?.dispose()
})

const lonAt = (time: string) => records.findLast((r) => Date.parse(r.ts) <= clock(time))!.lon!

describe('the time machine', () => {
  afterEach(async () => {
    await page?.close()
  })

  it('shows every vehicle where it was, follows the scrubber, and stands in the address', async () => {
    page = await Dashboard.open(browser, server.origin, kFrench)
    await page.goto(`fleet=${kDriverFleet}&date=${kDriveDay}&at=08:30`)
    const lon = async () => (await page.values([kDriver]))[0]?.lon ?? null
    const near = (time: string) => async () => Math.abs((await lon() ?? 0) - lonAt(time)) < 1e-5
    await page.until('at half past eight', 5000, near('08:30:00'))
    expect((await page.values(['D-LATE']))[0]?.lat ?? null).toBeNull()

    const slider = page.page.locator('[data-machine-slider]')
    await slider.focus()
    for (let i = 0; i < 5; i++) await page.page.keyboard.press('ArrowRight')
    await page.until('five minutes later', 5000, near('08:35:00'))
    expect(page.parameter('at')).toBe('08:35')
    await slider.fill(String(12 * 60 + 30))
    await page.until('the late one', 5000, async () => (await page.values(['D-LATE']))[0]?.lat === 45.1)
    await slider.fill(String(7 * 60 + 30))
    await page.until('gone again', 5000, async () => (await page.values(['D-LATE']))[0]?.lat === null)
    await page.until('at half past seven', 5000, near('07:30:00'))

    await page.page.locator('[data-machine-play]').click()
    await page.until('it plays', 8000, async () => page.parameter('at')! >= '07:40')
    await page.page.locator('[data-machine-play]').click()
    await page.page.locator('.machine > .control').click()
    await page.page.locator('[data-mode=live]').waitFor()
    expect(page.parameter('at')).toBeNull()
    expect(page.complaints).toEqual([])
    expect(await page.violations()).toEqual([])
  })
})
