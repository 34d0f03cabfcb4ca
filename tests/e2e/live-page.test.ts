// SPDX-License-Identifier: Apache-2.0
// Acceptance checks of the Real-time page.
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Dashboard, launch, type Look } from './browser'
import { at, kFleet, kLoner, seed, yesterday } from './seed'
import { TestServer } from './server'

const kFrench: Look = { locale: 'fr-FR', theme: 'dark' }
const kEnglish: Look = { locale: 'en-GB', theme: 'light' }
const kAxe = readFileSync(new URL('../../web/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
/** The server works the key figures out once a second; then they have to reach the screen. */
const kKpiMs = 1500
const kLonerView = `map=10/${kLoner.lat}/${kLoner.lon}`

let browser: Browser
let server: TestServer
let page: Dashboard

beforeAll(async () => {
  browser = await launch()
  server = await TestServer.start()
  await server.ingest(yesterday().records)
  await server.ingest(seed())
})
afterAll(async () => {
  await browser?.close()
  await server?.dispose()
})

async function open(look: Look, query: string): Promise<void> {
  page = await Dashboard.open(browser, server.origin, look)
  await page.goto(query)
}

async function expectClean(): Promise<void> {
  expect(page.complaints).toEqual([])
  expect(await page.violations()).toEqual([])
}

/** Records of a vehicle must grow in time: a moment after the one before. */
async function move(id: string, change: { lat: number; lon: number; speed_kmh: number; battery_pct?: number }): Promise<void> {
  await server.ingest([{ device_id: id, fleet_id: kFleet, ts: at(0), ...change }])
}

describe('the Real-time page', () => {
  beforeEach(async () => {
    // Nothing has gone stale, however long the tests before took.
    await server.ingest(seed())
  })
  afterEach(async () => {
    await page?.close()
  })

  it('check 1: is ready within 5 s and shows all five speed colours', async () => {
    page = await Dashboard.open(browser, server.origin, kFrench)
    const started = performance.now()
    await page.goto(`fleet=${kFleet}`)
    expect(performance.now() - started).toBeLessThan(5000)
    await page.until('100 px of each colour', 3000, async () => (await page.classPixels()).every((n) => n > 100))
    await page.screenshot('realtime-dark-fr')
    await expectClean()
  })

  it('check 1: shows no vehicle colour when no vehicle has a position', async () => {
    await server.ingest([{ device_id: 'NO-FIX', fleet_id: 'indoors', ts: at(0), battery_pct: 50 }])
    await open(kFrench, 'fleet=indoors')
    expect(await page.classPixels()).toEqual([0, 0, 0, 0, 0])
    expect(await page.text('.map-note')).toBe('Aucun véhicule n’a de position')
    await expectClean()
  })

  it('check 1: says so when there is no fleet at all', async () => {
    const empty = await TestServer.start()
    try {
      page = await Dashboard.open(browser, empty.origin, kEnglish)
      await page.page.goto(`${empty.origin}/live?e2e=1`)
      await page.page.getByText('There is no fleet yet.').waitFor()
      expect(await page.classPixels()).toEqual([0, 0, 0, 0, 0])
      await expectClean()
    } finally {
      await empty.dispose()
    }
  })

  it('check 2: asks nothing of other servers, and names Paris', async () => {
    await open(kEnglish, `fleet=${kFleet}`)
    await page.until('a label Paris', 5000, async () => (await page.labels()).includes('Paris'))
    await page.screenshot('realtime-light-en')
    await expectClean()
  })

  it('check 3: falls back to the built-in map within 4 s when street tiles do not answer', async () => {
    page = await Dashboard.open(browser, server.origin, kEnglish)
    await page.page.route('**/api/v1/config', (route) => route.fulfill({ json: { map: { tile_url: '/api/v1/no-such-tiles/{z}/{x}/{y}.png', attribution: '© OpenStreetMap contributors' }, version: 'test' } }))
    await page.goto(`fleet=${kFleet}`)
    await page.page.locator('.map-chip[data-offline=true]').waitFor({ timeout: 4000 })
    expect(await page.text('.map-chip')).toBe('Offline map')
    await page.until('a label Paris', 5000, async () => (await page.labels()).includes('Paris'))
    expect(page.complaints.filter((c) => c.startsWith('uncaught') || c.startsWith('elsewhere'))).toEqual([])
  })

  it('shows street tiles with their credit when they answer', async () => {
    page = await Dashboard.open(browser, server.origin, kEnglish)
    const tile = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
    await page.page.route('**/tiles/**', (route) => route.fulfill({ contentType: 'image/png', body: tile }))
    await page.page.route('**/api/v1/config', (route) => route.fulfill({ json: { map: { tile_url: `${server.origin}/tiles/{z}/{x}/{y}.png`, attribution: '© OpenStreetMap contributors' }, version: 'test' } }))
    await page.goto(`fleet=${kFleet}`)
    await page.until('the street map alone names places', 4000, async () => (await page.labels()).length === 0)
    expect(await page.text('.map-credits')).toContain('© OpenStreetMap contributors')
    expect(await page.page.locator('.map-chip').count()).toBe(0)
    await expectClean()
  })

  it('draws the vehicles again after the graphics context was lost', async () => {
    await open(kFrench, `fleet=${kFleet}`)
    await page.until('all colours', 3000, async () => (await page.classPixels()).every((n) => n > 100))
    await page.page.evaluate(() => {
      const context = document.querySelector<HTMLCanvasElement>('canvas.maplibregl-canvas')!.getContext('webgl2')!
      const handle = context.getExtension('WEBGL_lose_context')!
      handle.loseContext()
      setTimeout(() => handle.restoreContext(), 200)
    })
    await page.until('no colours', 1000, async () => (await page.classPixels()).every((n) => n === 0))
    await page.until('all colours again', 5000, async () => (await page.classPixels()).every((n) => n > 100))
    expect(page.complaints.filter((c) => c.startsWith('uncaught'))).toEqual([])
  })

  it.each([kFrench, kEnglish])('check 4: shows the key figures of the API in $locale, and their change a second later', async (look) => {
    await open(look, `fleet=${kFleet}`)
    const number = (value: number | null, digits: number) => (value === null ? '–' : new Intl.NumberFormat(look.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value).replaceAll(/[\u00a0\u202f]/g, ' '))
    const agrees = async () => {
      const kpis = await server.kpis(kFleet)
      const shown = await Promise.all(['active', 'speed', 'battery', 'critical'].map((id) => page.text(`[data-kpi=${id}] [data-value]`)))
      const wanted = [number(kpis.active_devices, 0), number(kpis.avg_speed_kmh, 1), number(kpis.avg_battery_pct, 1), number(kpis.critical_alerts, 0)]
      return JSON.stringify(shown) === JSON.stringify(wanted)
    }
    await page.until('key figures equal to the API', 3000, agrees)
    const before = await page.text('[data-kpi=speed] [data-value]')
    const records = seed().slice(0, 200).map((r) => ({ ...r, ts: at(0), speed_kmh: 130 }))
    const started = performance.now()
    await server.ingest(records)
    await page.until('changed key figures', kKpiMs, async () => (await page.text('[data-kpi=speed] [data-value]')) !== before)
    console.log(`${look.locale}: key figures changed ${Math.round(performance.now() - started)} ms after the request began`)
    await page.until('key figures equal to the API', 2000, agrees)
    await expectClean()
  })

  it('check 5: an injected fix moves the vehicle on the map within 1 s', async () => {
    await open(kFrench, `fleet=${kFleet}&${kLonerView}`)
    const old = (await page.project(kLoner.id))!
    await page.until('the vehicle in the colour of its class', 2000, async () => (await page.classesAt(old)).join() === '4')
    await move(kLoner.id, { lat: kLoner.lat + 0.05, lon: kLoner.lon + 0.1, speed_kmh: 20 })
    const took = await page.until('the vehicle at its new place, and gone from the old', 1000, async () => {
      const now = (await page.project(kLoner.id))!
      return Math.hypot(now.x - old.x, now.y - old.y) > 40 && (await page.classesAt(now)).join() === '1' && (await page.classesAt(old)).length === 0
    })
    console.log(`ingest to pixel: ${Math.round(took)} ms after the acknowledgement`)
    await expectClean()
  })

  it('check 6: a click on a vehicle selects it in map, table, drawer and address', async () => {
    await open(kFrench, `fleet=${kFleet}&${kLonerView}`)
    await page.clickVehicle(kLoner.id)
    await page.page.locator(`[data-drawer="${kLoner.id}"]`).waitFor()
    expect(await page.page.locator('[role=row][aria-selected=true]').getAttribute('data-id')).toBe(kLoner.id)
    expect(page.parameter('sel')).toBe(kLoner.id)
    await page.screenshot('realtime-selected-dark-fr')
    await expectClean()
  })

  it('check 6: pointing at a vehicle tells its id, speed and age', async () => {
    await server.ingest([{ device_id: kLoner.id, fleet_id: kFleet, ts: at(0), lat: kLoner.lat, lon: kLoner.lon, speed_kmh: 42.5 }])
    await open(kFrench, `fleet=${kFleet}&${kLonerView}`)
    const box = await page.mapBox()
    const p = (await page.project(kLoner.id))!
    await page.page.mouse.move(box.x + p.x + 30, box.y + p.y)
    await page.page.mouse.move(box.x + p.x, box.y + p.y)
    await page.page.locator('.map-tip').waitFor()
    expect(await page.text('.map-tip')).toMatch(/V-LONER\s[^]*42,5 km\/h\s+dernier point il y a \d+ s/)
    await expectClean()
  })

  it('check 7: a click on a row brings the vehicle into view, and Esc clears all', async () => {
    await open(kEnglish, `fleet=${kFleet}&map=13/48.8566/2.3522&f=LONER`)
    await page.page.locator(`[data-id="${kLoner.id}"]`).click()
    const box = await page.mapBox()
    await page.until('the vehicle inside the view', 3000, async () => {
      const p = await page.project(kLoner.id)
      return p !== null && p.x > 0 && p.y > 0 && p.x < box.width && p.y < box.height
    })
    await page.page.locator(`[data-drawer="${kLoner.id}"]`).waitFor()
    await page.page.keyboard.press('Escape')
    await page.page.locator('[data-drawer]').waitFor({ state: 'detached' })
    expect(await page.page.locator('[role=row][aria-selected=true]').count()).toBe(0)
    expect(page.parameter('sel')).toBeNull()
    await expectClean()
  })

  it('check 8: follow keeps the vehicle in the middle until the map is dragged', async () => {
    await move(kLoner.id, { lat: kLoner.lat, lon: kLoner.lon, speed_kmh: 50 })
    await open(kFrench, `fleet=${kFleet}&sel=${kLoner.id}&${kLonerView}`)
    await page.page.locator('[data-follow]').click()
    const box = await page.mapBox()
    const away = async () => {
      const p = (await page.project(kLoner.id))!
      return Math.hypot(p.x - box.width / 2, p.y - box.height / 2)
    }
    for (let i = 1; i <= 10; i++) {
      const lat = kLoner.lat + i * 0.005
      await move(kLoner.id, { lat, lon: kLoner.lon, speed_kmh: 50 })
      await page.until(`move ${i} arrived and in the middle`, 2000, async () => Math.abs((await page.values([kLoner.id]))[0]!.lat! - lat) < 1e-6 && (await away()) < 40)
    }
    await page.page.mouse.move(box.x + box.width / 2 + 120, box.y + box.height / 2 + 60)
    await page.page.mouse.down()
    await page.page.mouse.move(box.x + box.width / 2 + 320, box.y + box.height / 2 + 60, { steps: 8 })
    await page.page.mouse.up()
    expect(await page.page.locator('[data-follow]').getAttribute('aria-pressed')).toBe('false')
    await expectClean()
  })

  it.each([kFrench, kEnglish])('check 9: a filter counts as the API does; reload and Back restore the page ($locale)', async (look) => {
    await open(look, `fleet=${kFleet}&map=9/48.8566/2.3522`)
    const wanted = (await server.latest(kFleet)).filter((v) => (v.speed_kmh ?? -1) >= 60 && (v.battery_pct ?? 101) < 50)
    expect(wanted.length).toBeGreaterThan(10)
    await page.page.locator('[data-filter]').fill('speed>=60 battery<50')
    await page.until('the exact count', 2000, async () => (await page.counts()).shown === wanted.length)
    expect(await page.text('[data-count]')).toMatch(new RegExp(`^${wanted.length} `))
    await page.page.locator('[role=columnheader] button').filter({ hasText: look.locale === 'fr-FR' ? 'Vitesse' : 'Speed' }).click()
    await page.page.locator('[role=row][data-id]').first().click()
    await page.page.locator('[data-drawer]').waitFor()
    const selected = page.parameter('sel')!
    const map = page.parameter('map')

    const holds = async (sel: string | null) => {
      await page.until('filter, order and selection restored', 3000, async () => {
        const drawer = await page.page.locator('[data-drawer]').count()
        return (await page.counts()).shown === wanted.length && drawer === (sel === null ? 0 : 1)
      })
      expect(await page.page.locator('[data-filter]').inputValue()).toBe('speed>=60 battery<50')
      expect(await page.page.locator('[aria-sort=descending]').count()).toBe(1)
      expect(page.parameter('sel')).toBe(sel)
      expect(page.parameter('map')).toBe(map)
    }
    await page.page.reload()
    await page.settle()
    await holds(selected)
    await page.page.goBack()
    await holds(null)
    await page.page.goForward()
    await holds(selected)
    await expectClean()
  })

  it('legend: a click leaves one class on the map and in the table', async () => {
    await open(kFrench, `fleet=${kFleet}`)
    const { classes } = await page.counts()
    await page.page.locator('[data-class="3"]').click()
    await page.until('only that class', 2000, async () => (await page.counts()).shown === classes[3])
    await page.until('only its colour', 2000, async () => (await page.classPixels()).every((n, c) => (c === 3 ? n > 100 : n === 0)))
    await expectClean()
  })

  it('a past day shows the state at its end, marked as not live', async () => {
    const { day, records } = yesterday()
    await open(kEnglish, `fleet=${kFleet}&date=${day}`)
    expect(await page.pill()).toBe('day')
    expect(await page.text('.notice')).toContain('Not live')
    expect((await page.counts()).total).toBe(records.length)
    // All drove at 20 km/h two minutes before the end of that day.
    expect((await page.counts()).classes).toEqual([0, records.length, 0, 0, 0, 0])
    await page.page.locator('.notice > .control').click()
    await page.settle()
    expect(await page.pill()).toBe('live')
    await expectClean()
  })

  it('speaks French and English, with the numbers of each', async () => {
    await server.ingest([{ device_id: kLoner.id, fleet_id: kFleet, ts: at(0), speed_kmh: 42.5, lat: kLoner.lat, lon: kLoner.lon }])
    await open(kFrench, `fleet=${kFleet}&sel=${kLoner.id}`)
    expect(await page.text('.big')).toBe('42,5 km/h')
    expect(await page.text('h1')).toBe('Temps réel')
    await page.page.locator('.bar-end button').filter({ hasText: 'FR' }).click()
    await page.until('English', 2000, async () => (await page.text('h1')) === 'Real time')
    expect(await page.text('.big')).toBe('42.5 km/h')
    expect(await page.page.locator('html').getAttribute('lang')).toBe('en')
    await expectClean()
  })

  it('search: Ctrl+K, some letters, Enter', async () => {
    await open(kEnglish, `fleet=${kFleet}`)
    await page.page.keyboard.press('Control+k')
    await page.page.keyboard.type('v-0123')
    await page.page.locator('[role=option]').first().waitFor()
    await page.page.keyboard.press('Enter')
    await page.page.locator('[data-drawer="V-0123"]').waitFor()
    await expectClean()
  })

  it.each<Look>([kFrench, kEnglish, { ...kFrench, width: 390, height: 844 }])('has no serious finding of axe ($locale, $theme)', async (look) => {
    await open(look, `fleet=${kFleet}&sel=V-0003`)
    await page.page.locator('.chart-frame').waitFor()
    await page.page.evaluate(kAxe)
    const findings = await page.page.evaluate(async () => {
      const run = (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe
      return (await run.run()).violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' | ')}`)
    })
    expect(findings).toEqual([])
    if (look.width !== undefined) await page.screenshot('realtime-narrow')
  })
})

describe('the Real-time page without its server', () => {
  it('check 12: reconnects, goes stale with a growing age, greys the map, and is live again within 10 s without a missed state', async () => {
    const own = await TestServer.start()
    try {
      await own.ingest(seed())
      page = await Dashboard.open(browser, own.origin, kFrench)
      await page.goto(`fleet=${kFleet}`)
      await page.until('all colours', 3000, async () => (await page.classPixels()).every((n) => n > 100))

      await own.stop()
      await page.until('Reconnecting', 3000, async () => (await page.pill()) === 'retrying')
      await page.until('Stale', 15_000, async () => (await page.pill()) === 'stale')
      const age = async () => Number(/(\d+)/.exec(await page.text('[data-pill]'))?.[1])
      const first = await age()
      await page.until('a growing age', 5000, async () => (await age()) > first)
      await page.until('a grey map', 3000, async () => (await page.classPixels()).every((n) => n === 0))
      await page.screenshot('realtime-stale-dark-fr')

      await own.start()
      const back = await page.until('Live', 10_000, async () => (await page.pill()) === 'live')
      console.log(`live again ${Math.round(back)} ms after the server was ready`)
      await own.ingest(seed().slice(0, 50).map((r) => ({ ...r, ts: at(0), speed_kmh: 33 })))
      const wanted = await own.latest(kFleet)
      expect(wanted).toHaveLength(501)
      await page.until('every vehicle as the API has it', 5000, async () => {
        const held = await page.values(wanted.map((v) => v.device_id))
        return held.every((h, i) => {
          const w = wanted[i]!
          return h !== null && h.speed === w.speed_kmh && h.battery === w.battery_pct && Math.abs(h.lat! - w.lat!) < 1e-6 && Math.abs(h.lon! - w.lon!) < 1e-6
        })
      })
      await page.until('colours again', 3000, async () => (await page.classPixels()).every((n, c) => c === 0 || n > 100))
      expect(await page.violations()).toEqual([])
      // Refused connections are logged by the browser itself; nothing else may be.
      expect(page.complaints.filter((c) => !/ERR_CONNECTION_REFUSED|WebSocket connection|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(c))).toEqual([])
    } finally {
      await page.close()
      await own.dispose()
    }
  })
})
