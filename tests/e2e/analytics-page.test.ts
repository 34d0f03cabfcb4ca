// SPDX-License-Identifier: Apache-2.0
// Acceptance checks of the Analytics page: what it draws and gives away is compared with the REST interface.
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Dashboard, launch, type Look } from './browser'
import { type Record as Sent, TestServer } from './server'

const kFrench: Look = { locale: 'fr-FR', theme: 'dark', width: 1280 }
const kEnglish: Look = { locale: 'en-GB', theme: 'light', width: 1280 }
const kAxe = readFileSync(new URL('../../web/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const kFleet = 'south'
const kHourMs = 3_600_000
const kCompared = ['S-01', 'S-02', 'S-03']
/** The whole of a past UTC day, so that nothing moves while the tests run. */
const kDay = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)
const kStart = Date.parse(`${kDay}T00:00:00Z`)
const kSpan = `from=${kDay}&to=${kDay}`

interface Point { t: string; min: number; max: number; mean: number; count: number }
interface Hour { hour: number; records: number; avg_speed_kmh: number | null }

let browser: Browser
let server: TestServer
let page: Dashboard

/** 24 vehicles, a record each minute of 12 hours; S-02 is silent from 8 to 10 o'clock and S-01 has one spike. */
function drives(): Sent[] {
  const records: Sent[] = []
  for (let v = 1; v <= 24; v++) {
    for (let minute = 4 * 60; minute < 16 * 60; minute += v <= 3 ? 1 : 10) {
      if (v === 2 && minute >= 480 && minute < 600) continue
      records.push({
        device_id: `S-${String(v).padStart(2, '0')}`, fleet_id: kFleet, ts: new Date(kStart + minute * 60_000).toISOString(), lat: 43.3 + v / 50, lon: 5.4 + minute / 2000, heading_deg: 90,
        speed_kmh: v === 1 && minute === 700 ? 149 : 40 + v + (minute % 20), battery_pct: 90 - minute / 20, temp_c: 15 + v / 10, humidity_pct: 55,
      })
    }
  }
  return records
}

async function open(look: Look, query: string): Promise<Dashboard> {
  const opened = await Dashboard.open(browser, server.origin, look)
  await opened.page.goto(`${server.origin}/analytics?fleet=${kFleet}&${query}`)
  await ready(opened)
  return opened
}

async function ready(dashboard: Dashboard): Promise<void> {
  await dashboard.page.locator('[data-analytics=ready]').waitFor()
  await dashboard.page.locator('[data-chart=compare] canvas').waitFor()
}

const plot = () => page.page.locator('[data-chart=compare] .u-over')
const attribute = (selector: string, name: string) => page.page.locator(selector).getAttribute(name)

async function series(device: string, fromMs: number, toMs: number, points: number): Promise<Point[]> {
  const range = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`
  return (await server.get<{ points: Point[] }>(`devices/${device}/series?metric=speed_kmh&${range}&points=${points}`)).points
}

/** What a click on a button downloads. */
async function download(button: string): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.page.waitForEvent('download'), page.page.locator(button).click()])
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
}

async function drag(from: number, to: number): Promise<void> {
  const box = (await plot().boundingBox())!
  await page.page.mouse.move(box.x + box.width * from, box.y + box.height / 2)
  await page.page.mouse.down()
  await page.page.mouse.move(box.x + box.width * ((from + to) / 2), box.y + box.height / 2)
  await page.page.mouse.move(box.x + box.width * to, box.y + box.height / 2)
  await page.page.mouse.up()
}

async function expectClean(): Promise<void> {
  expect(page.complaints).toEqual([])
  expect(await page.violations()).toEqual([])
}

beforeAll(async () => {
  browser = await launch()
  server = await TestServer.start()
  await server.ingest(drives())
})
afterAll(async () => {
  await browser?.close()
  await server?.dispose()
})

describe('the Analytics page', () => {
  afterEach(async () => {
    await page?.close()
  })

  it('check 14: three vehicles are three lines by name; a zoom sets all charts and the address, Back undoes it; the CSV has the points', async () => {
    page = await open(kEnglish, `v=${kCompared.join(',')}&${kSpan}`)
    expect(await attribute('[data-chart=compare]', 'data-series')).toBe('3')
    expect(await page.page.locator('[data-vehicle]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-vehicle')))).toEqual(kCompared)

    const whole = await page.page.locator('[data-chart]').evaluateAll((charts) => charts.map((chart) => [chart.getAttribute('data-from'), chart.getAttribute('data-to')].join()))
    expect(whole).toEqual(Array(4).fill(`${kStart},${kStart + 24 * kHourMs}`))
    await drag(0.25, 0.5)
    await page.until('the range in the address', 3000, async () => page.parameter('from') !== kDay)
    const from = Date.parse(page.parameter('from')!)
    const to = Date.parse(page.parameter('to')!)
    expect(Math.abs(from - (kStart + 6 * kHourMs))).toBeLessThan(kHourMs / 4)
    expect(Math.abs(to - (kStart + 12 * kHourMs))).toBeLessThan(kHourMs / 4)
    await page.until('the same range in all charts', 5000, async () => {
      const ranges = await page.page.locator('[data-chart]').evaluateAll((charts) => charts.map((chart) => `${chart.getAttribute('data-from')},${chart.getAttribute('data-to')}`))
      return ranges.length === 4 && ranges.every((range) => range === `${from},${to}`)
    })
    await ready(page)

    const { name, bytes } = await download('[data-tool=csv]')
    expect(name).toMatch(/^south-speed_?.*\.csv$/)
    const rows = bytes.toString().trimEnd().split('\r\n').slice(1).map((row) => row.split(','))
    expect(rows.length).toBe(Number(await attribute('[data-points]', 'data-points')))
    const bucketS = Number(rows[0]![3])
    // The widest question that still has this bucket: as many points as the range holds.
    const points = Math.ceil((to - from) / (bucketS * 1000)) + 1
    const answers = await Promise.all(kCompared.map((device) => series(device, from, to, points)))
    expect(rows.length).toBe(answers.flat().length)
    const first = answers[0]![0]!
    expect(rows[0]).toEqual(['S-01', 'speed_kmh', first.t, String(bucketS), String(first.min), String(first.mean), String(first.max), String(first.count)])
    const png = await download('[data-tool=png]')
    expect(png.name).toMatch(/\.png$/)
    expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')

    await page.page.goBack()
    await page.until('the whole day again', 5000, async () => await attribute('[data-chart=compare]', 'data-from') === String(kStart) && page.parameter('from') === kDay)
    await ready(page)
    await page.screenshot('analytics-light-en-GB')
    await expectClean()
  })

  it('check 15: the bars are the rows of the API, and two silent hours are a gap in chart, figures and bars', async () => {
    page = await open(kFrench, `v=S-02&${kSpan}`)
    const { hours } = await server.get<{ hours: Hour[] }>(`fleets/${kFleet}/analytics?day=${kDay}`)
    expect(hours.length).toBe(12)
    const bars = await page.page.locator('.hour-bar').evaluateAll((all) => all.map((bar) => [bar.getAttribute('data-hour'), bar.getAttribute('data-records'), bar.getAttribute('data-mean')].map(Number)))
    expect(bars).toEqual(hours.map((hour) => [hour.hour, hour.records, hour.avg_speed_kmh]))

    // Before, within and after the day's records: three silences.
    expect(await page.text('[data-figure=gaps] [data-value]')).toBe('3')
    const colours = await page.page.evaluate((spans) => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-chart=compare] canvas')!
      const over = document.querySelector<HTMLElement>('[data-chart=compare] .u-over')!
      const ratio = devicePixelRatio
      const wanted = getComputedStyle(document.documentElement).getPropertyValue('--ch-0').trim().match(/\w\w/g)!.map((part) => Number.parseInt(part, 16))
      const context = canvas.getContext('2d')!
      return spans.map(([from, to]) => {
        const left = Math.ceil((over.offsetLeft + over.clientWidth * from!) * ratio)
        const { data } = context.getImageData(left, over.offsetTop * ratio, Math.floor((over.offsetLeft + over.clientWidth * to!) * ratio) - left, over.clientHeight * ratio)
        let count = 0
        for (let i = 0; i < data.length; i += 4) if (wanted.every((part, c) => Math.abs(part - data[i + c]!) < 12)) count++
        return count
      })
    }, [[6, 7.8], [8.2, 9.8], [10.2, 12]].map((span) => span.map((hour) => hour / 24)))
    expect(colours[0]).toBeGreaterThan(20)
    expect(colours[1]).toBe(0)
    expect(colours[2]).toBeGreaterThan(20)

    await page.page.locator('.hours-table summary').click()
    expect(await page.page.locator('.hours-table tbody tr').count()).toBe(12)
    await page.screenshot('analytics-dark-fr-FR')
    await expectClean()
  })

  it('shows the value and the place under the cursor, by pointer and by keys, in the language of the reader', async () => {
    page = await open(kFrench, `v=${kCompared.join(',')}&${kSpan}`)
    expect(await page.text('[data-figure=maximum]')).toContain('149,0 km/h')
    const map = page.page.locator('.linked-map canvas.maplibregl-canvas')
    await map.waitFor()
    const box = (await plot().boundingBox())!
    await page.page.mouse.move(box.x + box.width * (6 / 24), box.y + 50)
    const cursor = async () => Number(await attribute('[data-cursor-time]', 'data-cursor-time'))
    await page.until('the cursor', 3000, async () => Math.abs((await cursor()) - (kStart + 6 * kHourMs)) < 300_000)
    await page.until('the markers at that time', 5000, async () => {
      const [lat, lon] = (await attribute('.linked-map', 'data-first') ?? ',').split(',').map(Number)
      return Math.abs(lat! - 43.32) < 1e-3 && Math.abs(lon! - (5.4 + ((await cursor()) - kStart) / 60_000 / 2000)) < 0.002
    })
    expect(await page.text('[data-readout=temp]')).toBe('15,1 °C')
    const chart = page.page.locator('[data-chart=compare]')
    await chart.focus()
    const before = await cursor()
    await page.page.keyboard.press('ArrowRight')
    await page.until('the next point', 2000, async () => (await cursor()) > before)
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/07:0\d$/)
    await page.page.keyboard.press('2')
    await page.until('the battery', 3000, async () => page.parameter('m') === 'battery')
    await ready(page)
    await page.until('the cursor where it was', 2000, async () => Math.abs((await cursor()) - before) < 600_000)
    await page.page.locator('[data-tool=yesterday]').click()
    await page.page.locator('[data-chart=compare][data-series="6"]').waitFor()
    await expectClean()
  })

  it('shows the whole fleet as percentiles, takes a typed range, and says when there is nothing', async () => {
    page = await open(kEnglish, `v=*&${kSpan}`)
    expect(await page.text('#compare-title')).toContain('percentiles over vehicles')
    const rows = (await download('[data-tool=csv]')).bytes.toString().trimEnd().split('\r\n')
    expect(rows[0]).toBe('metric,bucket_start,bucket_s,vehicles,min,p10,p25,p50,p75,p90,max')
    expect(rows.length - 1).toBe(Number(await attribute('[data-points]', 'data-points')))

    await page.page.locator('[data-vehicles]').click()
    await page.page.keyboard.type('s-07')
    await page.page.keyboard.press('Enter')
    await page.page.keyboard.press('Escape')
    expect(page.parameter('v')).toBe('S-07')
    await page.page.locator('[data-range]').click()
    await page.page.locator('[data-range-end=from]').fill('now-1h')
    await page.page.locator('[data-range-end=to]').fill('now-2h')
    await page.page.keyboard.press('Enter')
    await page.page.locator('.range-own [role=alert]').waitFor()
    await page.page.locator('[data-range-end=to]').fill('now')
    await page.page.keyboard.press('Enter')
    await page.page.locator('[data-empty]').waitFor()
    expect(page.parameter('from')).toBe('now-1h')
    await page.page.getByRole('button', { name: 'Show that day' }).click()
    await page.until('the newest day', 3000, async () => page.parameter('from') === kDay)
    await expectClean()
  })

  it.each([kFrench, kEnglish, { ...kFrench, width: 390 }])('check 19: axe finds nothing serious in $locale, $theme, $width px', async (look) => {
    page = await open(look, `v=${kCompared.join(',')}&${kSpan}`)
    await page.page.locator('.linked-map canvas').first().waitFor()
    await page.page.locator('[data-range]').click()
    await page.page.evaluate(kAxe)
    const found = await page.page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { target: string[] }[] }[] }> } }).axe.run()
      return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
    })
    expect(found).toEqual([])
    expect(await page.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false)
    await page.page.keyboard.press('Escape')
    expect(await page.page.locator('.range-popover').count()).toBe(0)
    await page.screenshot(`analytics-${look.width}-${look.theme}`)
    await expectClean()
  })
})
