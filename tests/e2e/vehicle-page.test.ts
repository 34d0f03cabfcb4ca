// SPDX-License-Identifier: Apache-2.0
// Acceptance checks of the page of a vehicle.
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Dashboard, launch, type Look } from './browser'
import { clock, drive, kDriveDay, kDriver, kDriverFleet } from './drive'
import { type Record as Sent, TestServer } from './server'

const kFrench: Look = { locale: 'fr-FR', theme: 'dark' }
const kEnglish: Look = { locale: 'en-GB', theme: 'light' }
const kAxe = readFileSync(new URL('../../web/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

interface Hook {
  project(): { x: number; y: number } | null
  instant(): { atMs: number; lat: number; lon: number; unknown: boolean } | null
  still(): boolean
}
type Hooked = typeof globalThis & { __vehicle?: Hook }

let browser: Browser
let server: TestServer
let page: Dashboard
const records = drive()

async function open(look: Look, query = `day=${kDriveDay}`, id = kDriver): Promise<void> {
  page = await Dashboard.open(browser, server.origin, look)
  await page.page.goto(`${server.origin}/vehicles/${id}?e2e=1&${query}`)
}

async function openDay(look: Look, query?: string): Promise<void> {
  await open(look, query)
  await page.page.locator('[data-vehicle=ready]').waitFor()
  await page.page.waitForFunction(() => (globalThis as Hooked).__vehicle?.still() === true)
}

const instant = () => page.page.evaluate(() => (globalThis as Hooked).__vehicle!.instant())

async function expectClean(): Promise<void> {
  expect(page.complaints).toEqual([])
  expect(await page.violations()).toEqual([])
}

beforeAll(async () => {
  browser = await launch()
  server = await TestServer.start()
  await server.ingest(records)
})
afterAll(async () => {
  await browser?.close()
  await server?.dispose()
})

describe('the page of a vehicle', () => {
  afterEach(async () => {
    await page?.close()
  })

  it.each([kFrench, kEnglish])('check 16: shows the stops, trips, silence and alert of the day in $locale', async (look) => {
    await openDay(look)
    const kinds = await page.page.locator('[data-event]').evaluateAll((all) => all.map((one) => (one as unknown as { dataset: { event: string } }).dataset.event))
    const { items: stops } = await server.get<{ items: { start: string; end: string }[] }>(`devices/${kDriver}/stops?day=${kDriveDay}`)
    expect(stops).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'stop')).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'trip')).toHaveLength(3)
    expect(kinds.filter((kind) => kind === 'gap')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'alert')).toHaveLength(1)
    const shown = await page.page.locator('[data-event=stop] .event-line').evaluateAll((all) => all.map((one) => (one as unknown as { dataset: { from: string } }).dataset.from))
    expect(shown).toEqual(stops.map((stop) => stop.start))
    expect(await page.page.locator('.pin.stop').count()).toBe(2)
    expect((await page.classPixels()).slice(1).every((n, c) => (c === 0 ? true : n > 20))).toBe(true)
    const summary = await server.get<{ distance_m: number }>(`devices/${kDriver}/summary?day=${kDriveDay}`)
    const km = new Intl.NumberFormat(look.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(summary.distance_m / 1000)
    expect(await page.text('.figures')).toContain(`${km} km`)
    await page.screenshot(`vehicle-${look.theme}-${look.locale}`)
    await expectClean()
  })

  it('check 16: ten seconds at 60× advance the clock by 600 s, give or take 5 %', async () => {
    await openDay(kEnglish, `day=${kDriveDay}&t=07:05:00`)
    expect((await instant())!.atMs).toBe(clock('07:05:00'))
    await page.page.locator('[data-rate="60"]').click()
    // Both clocks are read in the page, so that what the test itself takes does not count.
    const read = () => page.page.evaluate(() => [performance.now(), (globalThis as Hooked).__vehicle!.instant()!.atMs] as const)
    await page.page.locator('[data-play]').click()
    const [t0, at0] = await read()
    await page.page.waitForFunction((until) => performance.now() >= until, t0 + 10_000)
    const [t1, at1] = await read()
    const expected = (t1 - t0) * 60
    expect(Math.abs(at1 - at0 - expected) / expected).toBeLessThan(0.05)
    await page.page.keyboard.press('p')
    const stopped = (await instant())!.atMs
    await page.until('the address follows', 2000, async () => page.parameter('t') === new Date(stopped).toISOString().slice(11, 19))
    await expectClean()
  })

  it('check 16: the scrubber, keys and charts bring the marker to the interpolated fix; a silence is not interpolated', async () => {
    await openDay(kFrench, `day=${kDriveDay}&t=07:30:04`)
    const at = (await instant())!
    const before = records.findLast((r) => Date.parse(r.ts) <= at.atMs)!
    const after = records.find((r) => Date.parse(r.ts) > at.atMs)!
    expect(at.unknown).toBe(false)
    expect(at.lon).toBeCloseTo(before.lon! + 0.4 * (after.lon! - before.lon!), 6)

    const canvas = await page.mapBox()
    const marker = (await page.page.evaluate(() => (globalThis as Hooked).__vehicle!.project()))!
    expect(marker.x).toBeGreaterThan(0)
    expect(marker.x).toBeLessThan(canvas.width)

    await page.page.keyboard.press('ArrowRight')
    expect((await instant())!.atMs).toBe(clock('07:30:14'))
    await page.page.keyboard.press('Shift+ArrowLeft')
    expect((await instant())!.atMs).toBe(clock('07:29:14'))

    // The middle of the axis, which goes from 07:00 to 11:00.
    const box = (await page.page.locator('.scrubber').boundingBox())!
    await page.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    await page.until('the middle', 1000, async () => Math.abs((await instant())!.atMs - clock('09:00:00')) < 60_000)
    const speed = (await page.page.locator('[data-metric=speed]').boundingBox())!
    await page.page.mouse.click(speed.x + speed.width * (200 / 240), speed.y + 20)
    await page.until('in the silence', 1000, async () => (await instant())!.unknown)
    const silent = (await instant())!
    expect(silent.lon).toBe(records.findLast((r) => Date.parse(r.ts) < silent.atMs)!.lon)
    expect(await page.text('.player-values')).toContain('lieu inconnu')
    expect(await page.page.locator('.pin.ghost').count()).toBe(1)
    await expectClean()
  })

  it('keeps day and instant in the address; Back brings the day before', async () => {
    await openDay(kEnglish)
    await page.page.keyboard.press('[')
    await page.page.locator('[data-nothing=empty]').waitFor()
    expect(page.parameter('day')! < kDriveDay).toBe(true)
    await page.page.goBack()
    await page.page.locator('[data-event=stop]').first().waitFor()
    expect(page.parameter('day')).toBe(kDriveDay)
    await page.page.keyboard.press('?')
    await page.page.getByText('play the day, pause').waitFor()
    await expectClean()
  })

  it('says in words that a vehicle is not known, that a day is beyond the retention, and where the data are', async () => {
    await open(kEnglish, '', 'nobody')
    await page.page.getByText('The server knows no vehicle “nobody”.').waitFor()
    expect(page.complaints.filter((c) => !c.includes('404'))).toEqual([])
    await page.close()
    await open(kEnglish, 'day=2020-01-01')
    await page.page.locator('[data-nothing=beyond]').waitFor()
    await page.page.locator('[data-nothing] button').click()
    await page.page.locator('[data-event=stop]').first().waitFor()
    expect(page.parameter('day')).toBe(kDriveDay)
    await expectClean()
  })

  it('exports the day as CSV, GPX and GeoJSON', async () => {
    await openDay(kEnglish)
    const file = async (format: string): Promise<string> => {
      const [download] = await Promise.all([page.page.waitForEvent('download'), page.page.locator(`[data-export=${format}]`).click()])
      expect(download.suggestedFilename()).toBe(`${kDriver}-${kDriveDay}.${format}`)
      return readFileSync((await download.path())!, 'utf8')
    }
    expect((await file('csv')).trimEnd().split('\n')).toHaveLength(records.length + 1)
    const gpx = await file('gpx')
    expect(gpx.match(/<trkpt /g)).toHaveLength(records.length)
    expect(gpx.match(/<trkseg>/g)).toHaveLength(2)
    expect((JSON.parse(await file('geojson')) as { features: unknown[] }).features).toHaveLength(records.length)
    await expectClean()
  })

  it('goes on with a day that goes on, and is reached from the Real-time page', async () => {
    const now = (msAgo: number, lon: number): Sent => ({ device_id: 'D-2', fleet_id: kDriverFleet, ts: new Date(Date.now() - msAgo).toISOString(), lat: 45, lon, speed_kmh: 50 })
    await server.ingest([now(60_000, 1), now(50_000, 1.001)])
    page = await Dashboard.open(browser, server.origin, kFrench)
    await page.goto(`fleet=${kDriverFleet}&sel=D-2`)
    await page.page.locator('[data-open-day]').click()
    await page.page.locator('[data-vehicle=ready]').waitFor()
    expect(new URL(page.page.url()).pathname).toBe('/vehicles/D-2')
    const records2 = () => page.page.locator('.figures dd').last().innerText()
    const before = Number(await records2())
    await server.ingest([now(0, 1.002)])
    await page.until('the new record', 12_000, async () => Number(await records2()) === before + 1)
    await expectClean()
  })

  it.each([{ ...kFrench, width: 1280 }, { ...kEnglish, width: 1280 }, { ...kFrench, width: 390 }])('check 19: axe finds nothing serious in $locale, $theme, $width px', async (look) => {
    await openDay(look)
    await page.page.evaluate(kAxe)
    const found = await page.page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { target: string[] }[] }[] }> } }).axe.run()
      return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
    })
    expect(found).toEqual([])
    expect(await page.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false)
    await expectClean()
  })
})
