// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, one fresh profile for each page, and what a reader would do and see on the dashboard.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

const kFlags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
]
export const kOutput = process.env['FLEET_E2E_OUT'] ?? fileURLToPath(new URL('../../build/e2e', import.meta.url))

export async function launch(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: kFlags })
  // The browser's own start (its graphics process above all) is not the page's time.
  const page = await browser.newPage()
  await page.evaluate(() => document.createElement('canvas').getContext('webgl2') !== null)
  await page.close()
  return browser
}

export interface Look {
  locale: 'fr-FR' | 'en-GB'
  theme: 'dark' | 'light'
  width?: number
  height?: number
}

/** The part of the page's test hook that the tests use. */
interface Hook {
  project(id: string): { x: number; y: number } | null
  values(id: string): { lat: number | null; lon: number | null; speed: number | null; battery: number | null; ts: number | null; state: string } | null
  counts(): { classes: number[]; states: number[]; shown: number; total: number }
  state(): string
  labels(): string[]
  still(): boolean
}
type Hooked = typeof globalThis & { __fleet?: Hook; __violations?: string[] }

export class Dashboard {
  /** Everything that must stay empty: console errors, uncaught errors, requests to elsewhere. */
  readonly complaints: string[] = []

  private constructor(readonly page: Page, private readonly origin: string) {}

  static async open(browser: Browser, origin: string, look: Look): Promise<Dashboard> {
    const context = await browser.newContext({
      viewport: { width: look.width ?? 1440, height: look.height ?? 900 }, locale: look.locale, colorScheme: look.theme, timezoneId: 'Europe/Paris', reducedMotion: 'reduce',
    })
    const dashboard = new Dashboard(await context.newPage(), origin)
    await dashboard.watch()
    return dashboard
  }

  /** `query` without the question mark. Waits until the vehicles are there and nothing moves. */
  async goto(query: string): Promise<void> {
    await this.page.goto(`${this.origin}/live?e2e=1${query === '' ? '' : `&${query}`}`)
    await this.settle()
  }

  async settle(): Promise<void> {
    await this.page.waitForFunction(() => {
      const hook = (globalThis as Hooked).__fleet
      return hook !== undefined && hook.state() === 'ready' && hook.still()
    })
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }

  /** Violations of the Content-Security-Policy so far. */
  violations(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as Hooked).__violations ?? [])
  }

  project(id: string): Promise<{ x: number; y: number } | null> {
    return this.page.evaluate((device) => (globalThis as Hooked).__fleet!.project(device), id)
  }

  values(ids: string[]): Promise<ReturnType<Hook['values']>[]> {
    return this.page.evaluate((devices) => devices.map((d) => (globalThis as Hooked).__fleet!.values(d)), ids)
  }

  counts(): Promise<ReturnType<Hook['counts']>> {
    return this.page.evaluate(() => (globalThis as Hooked).__fleet!.counts())
  }

  labels(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as Hooked).__fleet!.labels())
  }

  async mapBox(): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await this.page.locator('canvas.maplibregl-canvas').boundingBox()
    if (!box) throw new Error('the map is not shown')
    return box
  }

  /** How many pixels of the map have exactly the colour of each speed class 0…4. */
  classPixels(): Promise<number[]> {
    return this.page.evaluate(() => {
      const map = document.querySelector<HTMLCanvasElement>('canvas.maplibregl-canvas')
      if (!map) return [0, 0, 0, 0, 0]
      const style = getComputedStyle(document.documentElement)
      const wanted = [0, 1, 2, 3, 4].map((c) => Number.parseInt(style.getPropertyValue(`--sp-${c}`).trim().slice(1), 16))
      const copy = new OffscreenCanvas(map.width, map.height).getContext('2d')!
      copy.drawImage(map, 0, 0)
      const { data } = copy.getImageData(0, 0, map.width, map.height)
      const counts = [0, 0, 0, 0, 0]
      for (let i = 0; i < data.length; i += 4) {
        const at = wanted.indexOf((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!)
        if (at >= 0) counts[at]!++
      }
      return counts
    })
  }

  /** Speed classes whose colour the map has within three pixels of a place (a letter of a label may cover the middle). */
  classesAt(at: { x: number; y: number }): Promise<number[]> {
    return this.page.evaluate(({ x, y }) => {
      const map = document.querySelector<HTMLCanvasElement>('canvas.maplibregl-canvas')!
      const style = getComputedStyle(document.documentElement)
      const copy = new OffscreenCanvas(7, 7).getContext('2d')!
      copy.drawImage(map, 3 - Math.round(x), 3 - Math.round(y))
      const { data } = copy.getImageData(0, 0, 7, 7)
      const colours = new Set<string>()
      for (let i = 0; i < data.length; i += 4) colours.add(`#${[data[i]!, data[i + 1]!, data[i + 2]!].map((c) => c.toString(16).padStart(2, '0')).join('')}`)
      return [0, 1, 2, 3, 4].filter((c) => colours.has(style.getPropertyValue(`--sp-${c}`).trim()))
    }, at)
  }

  /** Waits until `probe` is true; returns the milliseconds that took. */
  async until(what: string, limitMs: number, probe: () => Promise<boolean>): Promise<number> {
    const started = performance.now()
    for (;;) {
      if (await probe()) return performance.now() - started
      if (performance.now() - started > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`)
      await this.page.waitForTimeout(20)
    }
  }

  async clickVehicle(id: string): Promise<void> {
    const at = await this.project(id)
    if (!at) throw new Error(`${id} has no position`)
    const box = await this.mapBox()
    await this.page.mouse.click(box.x + at.x, box.y + at.y)
  }

  pill(): Promise<string | null> {
    return this.page.locator('[data-pill]').getAttribute('data-pill')
  }

  text(selector: string): Promise<string> {
    return this.page.locator(selector).innerText().then((text) => text.replaceAll(/[\u00a0\u202f]/g, ' '))
  }

  parameter(name: string): string | null {
    return new URL(this.page.url()).searchParams.get(name)
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(kOutput, { recursive: true })
    await this.page.screenshot({ path: join(kOutput, `${name}.png`) })
  }

  private async watch(): Promise<void> {
    await this.page.addInitScript(() => {
      const seen: string[] = []
      ;(globalThis as Hooked).__violations = seen
      document.addEventListener('securitypolicyviolation', (event) => seen.push(`${event.violatedDirective} ${event.blockedURI}`))
    })
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`)
    })
    this.page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message}`))
    this.page.on('request', (request) => {
      const { protocol, host } = new URL(request.url())
      if (!['blob:', 'data:'].includes(protocol) && host !== new URL(this.origin).host) this.complaints.push(`elsewhere: ${request.url()}`)
    })
  }
}
