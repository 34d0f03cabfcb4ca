// SPDX-License-Identifier: Apache-2.0
// Acceptance checks of the Alerts page: what it shows and does is compared with the REST interface.
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Dashboard, launch, type Look } from './browser'
import { type Record as Sent, TestServer } from './server'

const kFrench: Look = { locale: 'fr-FR', theme: 'dark' }
const kEnglish: Look = { locale: 'en-GB', theme: 'light' }
const kAxe = readFileSync(new URL('../../web/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const kFleet = 'north'

interface Alert {
  id: string
  device_id: string
  severity: 'HIGH' | 'MEDIUM' | 'LOW'
  state: string
  start: string
  actions: { action: string; who: string; text: string }[]
}

let browser: Browser
let server: TestServer
let page: Dashboard

/** Twelve vehicles that each drive too fast twice: by much, and by little. */
function drives(): Sent[] {
  const start = Date.now() - 3 * 3_600_000
  const records: Sent[] = []
  for (let v = 1; v <= 12; v++) {
    for (let minute = 0; minute < 60; minute++) {
      const speed = minute >= 20 && minute < 25 ? 150 : minute >= 40 && minute < 45 ? 120 : 60
      records.push({
        device_id: `N-${String(v).padStart(2, '0')}`, fleet_id: kFleet, ts: new Date(start + v * 300_000 + minute * 60_000).toISOString(), lat: 48.5 + v / 100, lon: 2 + minute / 75, speed_kmh: speed,
        battery_pct: 80, temp_c: 20,
      })
    }
  }
  return records
}

async function alerts(): Promise<Alert[]> {
  return (await server.get<{ items: Alert[] }>(`fleets/${kFleet}/alerts?limit=1000`)).items
}

const detail = (id: string) => server.get<Alert>(`alerts/${id}`)

async function open(look: Look, query = ''): Promise<Dashboard> {
  const opened = await Dashboard.open(browser, server.origin, look)
  await opened.page.goto(`${server.origin}/alerts?fleet=${kFleet}${query}`)
  await opened.page.locator('[data-alerts=ready]').waitFor()
  return opened
}

async function expectClean(): Promise<void> {
  expect(page.complaints).toEqual([])
  expect(await page.violations()).toEqual([])
}

async function introduce(name: string): Promise<void> {
  await page.page.locator('[data-operator]').fill(name)
  await page.page.keyboard.press('Enter')
}

const activeAlert = () => page.page.locator('.row.active').getAttribute('data-alert')

beforeAll(async () => {
  browser = await launch()
  server = await TestServer.start()
  await server.ingest(drives())
})
afterAll(async () => {
  await browser?.close()
  await server?.dispose()
})

describe('the Alerts page', () => {
  afterEach(async () => {
    await page?.close()
  })

  it.each([kFrench, kEnglish])('check 17: shows the counters of the API in $locale; one filters table, timeline and address, and Back undoes it', async (look) => {
    page = await open(look)
    const list = await alerts()
    expect(list.map((a) => a.severity).filter((s) => s !== 'LOW').toSorted()).toEqual([...Array<string>(12).fill('HIGH'), ...Array<string>(12).fill('MEDIUM')])
    for (const severity of ['HIGH', 'MEDIUM', 'LOW']) {
      expect(Number(await page.text(`[data-severity=${severity}] [data-value]`)), severity).toBe(list.filter((a) => a.severity === severity).length)
    }
    const high = list.filter((a) => a.severity === 'HIGH').length
    await page.page.locator('[data-severity=HIGH]').click()
    expect(page.parameter('sev')).toBe('high')
    await page.until('the table filtered', 2000, async () => Number((await page.text('[data-count]')).split(' ')[0]) === high)
    expect(await page.page.locator('[data-mark=HIGH]').count()).toBeGreaterThan(0)
    expect(await page.page.locator('[data-mark=MEDIUM]').count()).toBe(0)
    await page.page.goBack()
    await page.until('the filter undone', 2000, async () => Number((await page.text('[data-count]')).split(' ')[0]) === list.length)
    expect(await page.text('h1')).toBe(look === kFrench ? 'Alertes' : 'Alerts')
    await page.screenshot(`alerts-${look.theme}-${look.locale}`)
    await expectClean()
  })

  it('check 18: j, k, a and r acknowledge and resolve by keyboard; the server knows who, and another browser sees it', async () => {
    page = await open(kEnglish)
    const other = await open(kFrench)
    try {
      const keyboard = page.page.keyboard
      await keyboard.press('j')
      await keyboard.press('j')
      await keyboard.press('k')
      const first = (await activeAlert())!
      await keyboard.press('a')
      await introduce('ada')
      await page.page.locator(`[data-alert="${first}"][data-row-state=ACKNOWLEDGED]`).waitFor()
      await page.until('acknowledged on the server', 2000, async () => (await detail(first)).state === 'ACKNOWLEDGED')
      expect((await detail(first)).actions).toMatchObject([{ action: 'acknowledge', who: 'ada' }])
      await other.page.locator(`[data-alert="${first}"][data-row-state=ACKNOWLEDGED]`).waitFor({ timeout: 6000 })

      await keyboard.press('r')
      await page.until('resolved on the server', 2000, async () => (await detail(first)).state === 'RESOLVED')
      await other.page.locator(`[data-alert="${first}"][data-row-state=RESOLVED]`).waitFor({ timeout: 6000 })

      const marked: string[] = []
      for (let i = 0; i < 3; i++) {
        await keyboard.press('j')
        await keyboard.press('x')
        marked.push((await activeAlert())!)
      }
      expect(new Set([first, ...marked]).size).toBe(4)
      await keyboard.press('a')
      await page.until('three acknowledged on the server', 4000, async () => (await Promise.all(marked.map(detail))).every((a) => a.state === 'ACKNOWLEDGED'))

      await page.page.reload()
      for (const id of marked) await page.page.locator(`[data-alert="${id}"][data-row-state=ACKNOWLEDGED]`).waitFor()
      expect(other.complaints).toEqual([])
    } finally {
      await other.close()
    }
    await expectClean()
  })

  it('puts the former state back and says so when the server refuses', async () => {
    page = await open(kEnglish, '&state=open')
    await page.page.evaluate(() => localStorage.setItem('fleet.operator', 'ada'))
    await page.page.reload()
    await page.page.locator('[data-alerts=ready] .row.active').waitFor()
    await page.page.route('**/ack', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json: { title: 'Later', detail: 'the disk is full', status: 503, code: 'unavailable' } }))
    const id = (await activeAlert())!
    await page.page.keyboard.press('a')
    await page.page.locator('[data-refused]').waitFor()
    expect(await page.text('[data-refused]')).toContain('the disk is full')
    await page.page.locator(`[data-alert="${id}"][data-row-state=OPEN]`).waitFor()
    expect((await detail(id)).state).toBe('OPEN')
    expect(page.complaints.filter((c) => !c.includes('503'))).toEqual([])
  })

  it('check 17: the drawer tells what happened, keeps a comment, and leads to the vehicle', async () => {
    page = await open(kFrench, '&sev=high')
    const row = page.page.locator('.row[data-alert]').first()
    const id = (await row.getAttribute('data-alert'))!
    await row.click()
    await page.page.locator(`[data-alert-drawer="${id}"]`).waitFor()
    expect(page.parameter('alert')).toBe(id)
    expect(await page.text('.alert-drawer .facts')).toMatch(/150,0 km\/h/)
    await page.page.locator('[data-limit="110"]').waitFor({ state: 'attached' })
    await page.page.locator('.mini-map canvas').waitFor()
    expect(await page.page.locator('.raw pre').textContent()).toContain('"speed_kmh": 150')
    await page.page.locator('.audit textarea').fill('le chauffeur est prévenu')
    await page.page.locator('[data-say]').click()
    await introduce('grace')
    await page.page.locator('[data-action=comment]').waitFor()
    expect((await detail(id)).actions.at(-1)).toMatchObject({ action: 'comment', who: 'grace', text: 'le chauffeur est prévenu' })
    await page.screenshot('alerts-drawer-dark-fr')

    const { device_id: device, start } = await detail(id)
    await page.page.locator('[data-open-vehicle]').click()
    await page.page.locator('[data-vehicle=ready]').waitFor()
    expect(new URL(page.page.url()).pathname).toBe(`/vehicles/${device}`)
    expect(Number(await page.page.locator('[data-clock]').getAttribute('data-clock'))).toBe(Math.floor(Date.parse(start) / 1000) * 1000)
    expect(Date.parse(`${page.parameter('day')}T${page.parameter('t')}Z`)).toBe(Date.parse(start))
    await page.page.goBack()
    await page.page.locator(`[data-alert-drawer="${id}"]`).waitFor()
    await page.page.keyboard.press('Escape')
    await page.page.locator('[data-alert-drawer]').waitFor({ state: 'detached' })
    expect(page.parameter('alert')).toBeNull()
    await expectClean()
  })

  it('finds its way between the pages by the rail and the history', async () => {
    page = await open(kEnglish)
    await page.page.locator('[data-page=live]').click()
    await page.page.locator('.live-page').waitFor()
    await page.page.goBack()
    await page.page.locator('[data-alerts=ready]').waitFor()
    await page.page.keyboard.press('?')
    await page.page.getByText('acknowledge the marked alerts').waitFor()
    await expectClean()
  })

  it.each([{ ...kFrench, width: 1280 }, { ...kEnglish, width: 1280 }, { ...kFrench, width: 390 }])('check 19: axe finds nothing serious in $locale, $theme, $width px', async (look) => {
    page = await open(look)
    await page.page.locator('.row[data-alert]').first().click()
    await page.page.locator('.mini-map canvas').waitFor()
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
