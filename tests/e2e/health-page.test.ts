// SPDX-License-Identifier: Apache-2.0
// Acceptance checks of the Health page and of the banner of a loss: what is shown is compared with GET health.
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Dashboard, launch, type Look } from './browser'
import { TestServer } from './server'

const kFrench: Look = { locale: 'fr-FR', theme: 'dark' }
const kEnglish: Look = { locale: 'en-GB', theme: 'light' }
const kAxe = readFileSync(new URL('../../web/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
/** Check 20: how long a loss may take to reach the screen. */
const kBannerMs = 15_000

interface Health {
  accounting: { received: number; stored: number; quarantined: number; quarantined_by_reason: Record<string, number> }
  devices: number
}

let browser: Browser
let server: TestServer
let page: Dashboard

const health = () => server.get<Health>('health')

async function send(body: string): Promise<void> {
  const response = await fetch(`${server.origin}/api/v1/ingest`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body })
  expect(response.status).toBe(200)
}

async function open(look: Look, path = '/health'): Promise<void> {
  page = await Dashboard.open(browser, server.origin, look)
  await page.page.goto(`${server.origin}${path}`)
}

async function expectClean(): Promise<void> {
  expect(page.complaints).toEqual([])
  expect(await page.violations()).toEqual([])
}

/** The next answers of health with something more in them. */
async function saying(more: object): Promise<void> {
  const real = await health()
  await page.page.route('**/api/v1/health', (route) => route.fulfill({ json: { ...real, ...more } }))
}

beforeAll(async () => {
  browser = await launch()
  server = await TestServer.start()
  await server.ingest(Array.from({ length: 20 }, (_, i) => ({ device_id: `H-${i}`, fleet_id: 'home', ts: new Date(Date.now() - i * 1000).toISOString(), lat: 48 + i / 100, lon: 2, speed_kmh: 40 })))
  const ts = new Date().toISOString()
  await send(`${JSON.stringify({ device_id: 'H-1', ts, lat: 91, lon: 2 })}\n${JSON.stringify({ device_id: 'H-1', ts, speed_kmh: 999 })}\nnonsense\n`)
})
afterAll(async () => {
  await browser?.close()
  await server?.dispose()
})

describe('the Health page', () => {
  afterEach(async () => {
    await page?.close()
  })

  it.each([kFrench, kEnglish])('shows the figures of the API in $locale, and the newest refused records with their reasons', async (look) => {
    await open(look)
    await page.page.locator('[data-health=ready]').waitFor()
    const told = await health()
    const int = (n: number) => new Intl.NumberFormat(look.locale).format(n)
    expect((await page.text('.outcomes .all dd')).trim()).toBe(int(told.accounting.received))
    expect(await page.text('[data-outcome=stored] dd')).toContain(int(told.accounting.stored))
    expect(told.accounting.quarantined).toBe(3)
    for (const [reason, n] of Object.entries(told.accounting.quarantined_by_reason)) expect(await page.text(`[data-reason=${reason}]`)).toContain(int(n))
    await page.page.locator('[data-quarantined]').first().waitFor()
    expect(await page.page.locator('[data-quarantined]').count()).toBe(3)
    expect(await page.text('[data-card=store]')).toContain(int(told.devices))
    expect(await page.page.locator('[data-status=ok]').count()).toBe(1)
    expect(await page.page.locator('[data-card=cluster]').count()).toBe(0)
    expect(await page.page.locator('[data-loss]').count()).toBe(0)
    await page.page.locator('[data-reason=bad_latitude]').click()
    expect(await page.page.locator('[data-quarantined]').count()).toBe(1)
    await page.screenshot(`health-${look.theme}-${look.locale}`)
    await expectClean()
  })

  it('shows records that come in as a rate within two answers', async () => {
    await open(kEnglish)
    await page.page.locator('[data-health=ready]').waitFor()
    await server.ingest([{ device_id: 'H-1', fleet_id: 'home', ts: new Date().toISOString(), lat: 48, lon: 2 }])
    await page.until('a rate above 0', 12_000, async () => Number(await page.text('[data-figure=ingest] [data-value]')) > 0)
    expect(await page.text('[data-figure=ack] [data-value]')).toMatch(/ms$/)
    await expectClean()
  })

  it('check 20: a Cassandra node that is down is in the banner of every page within 15 s, and in the ring with what it takes along', async () => {
    await open(kFrench, '/live?fleet=home&e2e=1')
    await page.settle()
    // As the cluster of four nodes has it when one of the second datacentre is gone.
    await saying({
      store: 'cassandra',
      cluster: {
        home_dc: 'dc1',
        datacentres: ['dc1', 'dc2'].map((name, d) => ({ name, replicas: 2, nodes: [1, 2].map((n) => ({ address: `127.0.0.${2 * d + n}:9042`, connected: 2 * d + n !== 4 })) })),
      },
    })
    await page.page.locator('[data-loss=nodes]').waitFor({ timeout: kBannerMs })
    expect(await page.text('[data-loss]')).toContain('LOCAL_QUORUM ne fonctionne pas dans dc2')
    // Live updates go on meanwhile.
    await server.ingest([{ device_id: 'H-1', fleet_id: 'home', ts: new Date().toISOString(), lat: 48.5, lon: 2, speed_kmh: 77 }])
    await page.until('the update', 2000, async () => (await page.values(['H-1']))[0]?.speed === 77)
    await page.page.locator('[data-loss] button').click()
    await page.page.locator('[data-card=cluster]').waitFor()
    expect(await page.page.locator('[data-status=losses]').count()).toBe(1)
    expect(await page.page.locator('[data-node="127.0.0.4:9042"]').getAttribute('data-up')).toBe('false')
    expect(await page.page.locator('[data-datacentre=dc2] [data-level=local_quorum]').getAttribute('data-works')).toBe('false')
    expect(await page.page.locator('[data-datacentre=dc2] [data-level=local_one]').getAttribute('data-works')).toBe('true')
    await page.screenshot('health-node-down-dark-fr')
    await page.page.unroute('**/api/v1/health')
    await page.page.locator('[data-loss]').waitFor({ state: 'detached', timeout: kBannerMs })
    await expectClean()
  })

  it('says within 15 s that the server is away, keeps what it said last, and comes back with it', async () => {
    await open(kEnglish)
    await page.page.locator('[data-health=ready]').waitFor()
    await server.stop()
    await page.page.locator('[data-loss=unreachable]').waitFor({ timeout: kBannerMs + 3000 })
    expect(await page.page.locator('[data-status=unknown]').count()).toBe(1)
    expect(await page.page.locator('.outcomes').count()).toBe(1)
    await server.start()
    await page.page.locator('[data-loss]').waitFor({ state: 'detached', timeout: kBannerMs })
    await page.page.locator('[data-status=ok]').waitFor()
    expect(page.complaints.filter((c) => !c.includes('ERR_CONNECTION_REFUSED'))).toEqual([])
    expect(await page.violations()).toEqual([])
  })

  it.each([{ ...kFrench, width: 1280 }, { ...kEnglish, width: 1280 }, { ...kFrench, width: 390 }])('check 19: axe finds nothing serious in $locale, $theme, $width px', async (look) => {
    page = await Dashboard.open(browser, server.origin, look)
    await saying({ status: 'degraded', accepting: false, refusing_because: 'only 12 MiB are free' })
    await page.page.goto(`${server.origin}/health`)
    await page.page.locator('[data-loss=refusing]').waitFor()
    await page.page.locator('[data-quarantined]').first().waitFor()
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
