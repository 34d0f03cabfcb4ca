// SPDX-License-Identifier: Apache-2.0
// A stand-in for `fleet serve` while the page is developed: the part of the HTTP API and of ft.live.1 (api/live.md) that the
// page uses, over simulated vehicles in memory. Never part of the product, never used in CI.
//   node dev/mock-server.mjs [--port 8501] [--vehicles 500] [--still] [--empty] [--tiles URL] [--state FILE]
import { createServer } from 'node:http'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { WebSocketServer } from 'ws'
import { encodeFrame } from './frame.mjs'

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '8501' }, vehicles: { type: 'string', default: '500' }, still: { type: 'boolean', default: false },
    empty: { type: 'boolean', default: false }, tiles: { type: 'string' }, state: { type: 'string' },
  },
})
const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist')
const kTickMs = 200
const kStaleMs = 300_000
const kOfflineMs = 1_800_000
const epoch = Math.floor(Math.random() * 0xffffffff)
let sequence = 0

// ------------------------------------------------------------------ fleets

/** @type {Map<string, {ids: string[], vehicles: Map<string, any>, zones: string[]}>} */
const fleets = new Map()
const history = new Map()

function fleetOf(id) {
  if (!fleets.has(id)) fleets.set(id, { ids: [], vehicles: new Map(), zones: [''] })
  return fleets.get(id)
}

function store(record) {
  const fleet = fleetOf(record.fleet_id ?? 'default')
  let vehicle = fleet.vehicles.get(record.device_id)
  if (!vehicle) {
    vehicle = { slot: fleet.ids.length, device_id: record.device_id, fleet_id: record.fleet_id ?? 'default' }
    fleet.ids.push(record.device_id)
    fleet.vehicles.set(record.device_id, vehicle)
  }
  const ts = typeof record.ts === 'number' ? record.ts : Date.parse(record.ts)
  if (!vehicle.ts || ts >= vehicle.ts) {
    Object.assign(vehicle, record, { ts, fleet_id: vehicle.fleet_id })
    if (record.lat !== undefined) vehicle.pos_ts = ts
  }
  if (record.zone && !fleet.zones.includes(record.zone)) fleet.zones.push(record.zone)
  vehicle.seq = ++sequence
  if (!history.has(record.device_id)) history.set(record.device_id, [])
  const past = history.get(record.device_id)
  past.push({ ...record, ts })
  if (past.length > 1 && past.at(-2).ts > ts) past.sort((a, b) => a.ts - b.ts)
  if (past.length > 2000) past.shift()
}

let seed = 7
function random() {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed / 0x7fffffff
}

const sims = []
function populate(fleet, prefix, count, lat, lon, spread) {
  const now = Date.now()
  for (let i = 0; i < count; i++) {
    const r = Math.sqrt(-2 * Math.log(1 - random() * 0.999)) * spread
    const a = random() * 6.283
    const kind = random()
    const sim = {
      id: `${prefix}${String(i + 1).padStart(4, '0')}`, fleet, lat: lat + r * Math.sin(a) * 0.66, lon: lon + r * Math.cos(a), heading: random() * 360,
      speed: kind < 0.25 ? 0 : 8 + random() * 112, battery: 20 + random() * 80, temp: 8 + random() * 20, zone: `zone_${'abc'[i % 3]}`,
      parked: kind < 0.25, silent: random() < 0.04 ? 400 + random() * 4000 : 0,
    }
    sims.push(sim)
    const step = 15_000
    if (!options.still && count <= 2000) {
      // Now and then over the day, then densely over the last half hour.
      for (let h = 23; h >= 1; h--) emit({ ...sim, speed: sim.parked ? 0 : sim.speed * (0.6 + 0.5 * Math.sin(h / 3)), battery: Math.min(100, sim.battery + h * 0.6) }, now - h * 3_600_000)
      let t = now - 30 * 60_000
      const back = { ...sim }
      back.lat -= Math.cos((sim.heading / 180) * Math.PI) * sim.speed * 0.5 * (1 / 111)
      back.lon -= Math.sin((sim.heading / 180) * Math.PI) * sim.speed * 0.5 * (1 / 73)
      for (; t < now; t += step) {
        drive(back, step / 1000)
        emit(back, t - sim.silent * 1000)
      }
      Object.assign(sim, { lat: back.lat, lon: back.lon, speed: back.speed, heading: back.heading })
    }
    emit(sim, now - sim.silent * 1000 - random() * 5000)
  }
}

function drive(sim, seconds) {
  if (sim.parked) return
  sim.heading = (sim.heading + (random() - 0.5) * 8 + 360) % 360
  sim.speed = Math.max(5.5, Math.min(130, sim.speed + (random() - 0.5) * 10))
  const km = (sim.speed / 3600) * seconds
  sim.lat += (Math.cos((sim.heading / 180) * Math.PI) * km) / 111.2
  sim.lon += (Math.sin((sim.heading / 180) * Math.PI) * km) / (111.2 * Math.cos((sim.lat / 180) * Math.PI))
  sim.battery = Math.max(5, sim.battery - seconds * 0.0008)
}

function emit(sim, ts) {
  store({
    device_id: sim.id, fleet_id: sim.fleet, ts: Math.round(ts), lat: sim.lat, lon: sim.lon, speed_kmh: Math.round(sim.speed * 10) / 10, heading_deg: sim.heading,
    battery_pct: Math.round(sim.battery * 10) / 10, temp_c: Math.round(sim.temp * 10) / 10, humidity_pct: 55, zone: sim.zone,
  })
}

if (!options.empty) {
  populate('idf', 'V-', Number(options.vehicles), 48.8566, 2.3522, 0.16)
  populate('lyon', 'L-', Math.min(60, Number(options.vehicles)), 45.76, 4.84, 0.1)
}

// Records survive a restart when asked, as they do in the product.
if (options.state) {
  if (existsSync(options.state)) for (const record of JSON.parse(readFileSync(options.state, 'utf8'))) store(record)
  process.on('SIGTERM', () => {
    writeFileSync(options.state, JSON.stringify([...history.values()].flat()))
    process.exit(0)
  })
}

if (!options.still) {
  let at = 0
  setInterval(() => {
    // Each vehicle reports about every five seconds.
    const share = Math.ceil(sims.length / 25)
    for (let i = 0; i < share; i++) {
      const sim = sims[at++ % sims.length]
      if (!sim || sim.silent) continue
      drive(sim, 5)
      emit(sim, Date.now())
    }
  }, kTickMs)
}

// ------------------------------------------------------------------ HTTP

const iso = (ms) => (ms === undefined ? null : new Date(ms).toISOString())

function latest(v, now = Date.now()) {
  const age = now - v.ts
  return {
    device_id: v.device_id, fleet_id: v.fleet_id, ts: iso(v.ts), pos_ts: iso(v.pos_ts), lat: v.lat ?? null, lon: v.lon ?? null, speed_kmh: v.speed_kmh ?? null,
    heading_deg: v.heading_deg ?? null, battery_pct: v.battery_pct ?? null, temp_c: v.temp_c ?? null, humidity_pct: v.humidity_pct ?? null, zone: v.zone ?? null,
    state: age >= kOfflineMs ? 'offline' : age >= kStaleMs ? 'stale' : (v.speed_kmh ?? 0) > 5 ? 'moving' : 'stopped', age_s: age / 1000,
  }
}

/** The newest record of a device up to a time, as a vehicle. */
function stateAt(device, end) {
  const record = (history.get(device) ?? []).findLast((r) => r.ts <= end)
  return record && { ...record, pos_ts: record.lat === undefined ? undefined : record.ts }
}

function kpis(id, fleet, day) {
  const now = day ? Date.parse(`${day}T23:59:59.999Z`) : Date.now()
  const active = day
    ? fleet.ids.map((d) => stateAt(d, now)).filter((v) => v && now - v.ts < 86_400_000)
    : [...fleet.vehicles.values()].filter((v) => now - v.ts < kStaleMs)
  const mean = (name) => {
    const some = active.map((v) => v[name]).filter((x) => x !== undefined)
    return some.length === 0 ? null : some.reduce((a, b) => a + b, 0) / some.length
  }
  return {
    fleet: id, as_of: iso(now), devices: fleet.ids.length, active_devices: active.length, avg_speed_kmh: mean('speed_kmh'), avg_battery_pct: mean('battery_pct'),
    critical_alerts: null,
  }
}

const mean = (values) => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length)

function hoursOf(fleet, day) {
  const hours = new Map()
  for (const device of fleet.ids) {
    for (const r of history.get(device)) {
      if (!iso(r.ts).startsWith(day)) continue
      const hour = new Date(r.ts).getUTCHours()
      if (!hours.has(hour)) hours.set(hour, { devices: new Set(), speeds: [], batteries: [] })
      const h = hours.get(hour)
      h.devices.add(device)
      if (r.speed_kmh !== undefined) h.speeds.push(r.speed_kmh)
      if (r.battery_pct !== undefined) h.batteries.push(r.battery_pct)
    }
  }
  return [...hours].toSorted((a, b) => a[0] - b[0]).map(([hour, h]) => ({
    hour, records: h.speeds.length, active_devices: h.devices.size, avg_speed_kmh: mean(h.speeds), avg_battery_pct: mean(h.batteries), alerts: { HIGH: 0, MEDIUM: 0, LOW: 0 },
  }))
}

const kCsp = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
const kTypes = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }

function json(response, status, body) {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body))
}

async function api(request, response, url) {
  const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
  if (path[0] === 'ready' || path[0] === 'health') return json(response, 200, { status: 'ok' })
  if (path[0] === 'config') return json(response, 200, { map: { tile_url: options.tiles ?? null, attribution: options.tiles ? '© OpenStreetMap contributors' : null }, version: 'mock' })
  if (path[0] === 'ingest' && request.method === 'POST') {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const lines = Buffer.concat(chunks).toString().split('\n').filter((l) => l.trim())
    for (const line of lines) store(JSON.parse(line))
    return json(response, 200, { accepted: lines.length, duplicates: 0, conflicts: 0, rejected: [] })
  }
  if (path[0] === 'fleets' && path.length === 1) {
    return json(response, 200, {
      items: [...fleets].map(([id, f]) => ({ fleet_id: id, devices: f.ids.length, last_ts: iso(Math.max(0, ...[...f.vehicles.values()].map((v) => v.ts))), retention_days: 30 })),
      next: null,
    })
  }
  if (path[0] === 'fleets') {
    const fleet = fleets.get(path[1])
    if (!fleet) return json(response, 404, { title: 'Not found', detail: `no fleet ${path[1]}`, status: 404, code: 'unknown_fleet' })
    if (path[2] === 'kpis') return json(response, 200, kpis(path[1], fleet, url.searchParams.get('day')))
    if (path[2] === 'analytics') return json(response, 200, { fleet: path[1], day: url.searchParams.get('day'), hours: hoursOf(fleet, url.searchParams.get('day')) })
    if (path[2] === 'latest') {
      const limit = Math.min(10_000, Number(url.searchParams.get('limit') ?? 1000))
      const from = Number(url.searchParams.get('cursor') ?? 0)
      const day = url.searchParams.get('day')
      const end = day ? Date.parse(`${day}T23:59:59.999Z`) : Date.now()
      const all = day ? fleet.ids.map((d) => stateAt(d, end)).filter(Boolean) : [...fleet.vehicles.values()]
      const items = all.slice(from, from + limit).map((v) => latest(v, end))
      return json(response, 200, { items, next: from + limit < fleet.ids.length ? String(from + limit) : null })
    }
  }
  if (path[0] === 'devices') {
    const vehicle = [...fleets.values()].map((f) => f.vehicles.get(path[1])).find(Boolean)
    if (!vehicle) return json(response, 404, { title: 'Not found', detail: `no device ${path[1]}`, status: 404, code: 'unknown_device' })
    if (path[2] === 'latest') return json(response, 200, latest(vehicle))
    if (path[2] === 'summary') {
      const day = url.searchParams.get('day')
      const records = (history.get(path[1]) ?? []).filter((r) => iso(r.ts).startsWith(day))
      const speeds = records.map((r) => r.speed_kmh ?? 0)
      return json(response, 200, {
        device_id: path[1], day, records: records.length, avg_speed_kmh: mean(speeds), max_speed_kmh: Math.max(0, ...speeds), distance_m: (mean(speeds) ?? 0) * records.length * 4,
        moving_s: speeds.filter((v) => v > 5).length * 15,
      })
    }
    const from = Date.parse(url.searchParams.get('from') ?? '1970-01-01T00:00:00Z')
    const to = Date.parse(url.searchParams.get('to') ?? '2100-01-01T00:00:00Z')
    const items = (history.get(path[1]) ?? []).filter((r) => r.ts >= from && r.ts < to).toReversed().slice(0, Number(url.searchParams.get('limit') ?? 1000))
    return json(response, 200, { items: items.map((r) => ({ ...r, ts: iso(r.ts) })), next: null })
  }
  if (path[0] === 'search') {
    const q = (url.searchParams.get('q') ?? '').toLowerCase()
    const items = [...fleets].flatMap(([id, f]) => f.ids.filter((d) => d.toLowerCase().includes(q)).map((d) => ({ device_id: d, fleet_id: id })))
    return json(response, 200, { items: items.slice(0, Number(url.searchParams.get('limit') ?? 20)), next: null })
  }
  return json(response, 404, { title: 'Not found', status: 404, code: 'not_found' })
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost')
  const answer = url.pathname.startsWith('/api/v1/') ? api(request, response, url) : file(url.pathname, response)
  answer.catch((error) => json(response, 500, { title: String(error) }))
})

async function file(path, response) {
  const wanted = extname(path) === '' ? '/index.html' : normalize(path)
  const body = await readFile(join(dist, wanted)).catch(() => null)
  if (!body) return json(response, 404, { title: 'Not found' })
  response.writeHead(200, { 'content-type': kTypes[extname(wanted)] ?? 'application/octet-stream', 'content-security-policy': kCsp }).end(body)
}

// ------------------------------------------------------------------ live

const sockets = new WebSocketServer({ server, path: '/api/v1/live', handleProtocols: (offered) => (offered.has('ft.live.1') ? 'ft.live.1' : false) })
sockets.on('connection', (socket) => {
  let resume = null
  let fleetId = null
  let fleet = null
  let sent = 0
  let idsSent = 0
  let zonesSent = 1
  let kpiSent = ''
  let kpiAt = 0
  const say = (message) => socket.send(JSON.stringify(message))
  const names = () => {
    if (idsSent < fleet.ids.length) {
      say({ type: 'ids', first: idsSent, ids: fleet.ids.slice(idsSent) })
      idsSent = fleet.ids.length
    }
    if (zonesSent < fleet.zones.length) {
      say({ type: 'zones', first: zonesSent, zones: fleet.zones.slice(zonesSent) })
      zonesSent = fleet.zones.length
    }
  }
  const tick = () => {
    if (!fleet || socket.bufferedAmount > 1 << 20) return
    const now = Date.now()
    const changed = [...fleet.vehicles.values()].filter((v) => v.seq > sent)
    if (changed.length > 0) {
      names()
      sent = Math.max(...changed.map((v) => v.seq))
      socket.send(encodeFrame(2, epoch, sent, now, changed, fleet.zones))
    }
    if (now - kpiAt >= 1000) {
      const { as_of, ...rest } = kpis(fleetId, fleet)
      if (JSON.stringify(rest) !== kpiSent) {
        kpiSent = JSON.stringify(rest)
        kpiAt = now
        say({ type: 'kpi', as_of, ...rest })
      }
    }
  }
  const timer = setInterval(tick, kTickMs)
  socket.on('close', () => clearInterval(timer))
  socket.on('message', (data) => {
    const message = JSON.parse(String(Buffer.isBuffer(data) ? data : ''))
    if (message.type === 'hello') {
      if (message.epoch === epoch) resume = message
      say({ type: 'welcome', epoch, tick_ms: kTickMs, stale_s: kStaleMs / 1000, offline_s: kOfflineMs / 1000, version: 'mock' })
    } else if (message.type === 'ping') say({ type: 'pong', t: message.t })
    else if (message.type === 'sub') {
      fleetId = message.fleet
      fleet = fleets.get(fleetId)
      if (!fleet) return socket.close(4004, 'unknown fleet')
      kpiSent = ''
      if (resume) {
        say({ type: 'resume', fleet: fleetId, seq: sequence })
        ;({ seq: sent, slots: idsSent } = resume)
        resume = null
        return tick()
      }
      const all = [...fleet.vehicles.values()]
      say({ type: 'snap', fleet: fleetId, seq: sequence, devices: all.length })
      idsSent = 0
      zonesSent = 1
      names()
      sent = sequence
      for (let i = 0; i < all.length; i += 8000) socket.send(encodeFrame(1, epoch, sequence, Date.now(), all.slice(i, i + 8000), fleet.zones))
      tick()
    }
  })
})

server.listen(Number(options.port), '127.0.0.1', () => {
  console.log(`mock server on http://127.0.0.1:${server.address().port} with ${sims.length} vehicles`)
})
