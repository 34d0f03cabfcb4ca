// SPDX-License-Identifier: Apache-2.0
// Fails when the page has grown too heavy: gzip sizes of JS + CSS, of the shell (what index.html needs before anything is
// shown, one language, the live worker) and of everything.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const kShell = 220_000
const kTotal = 700_000
const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist')
const size = (name) => gzipSync(readFileSync(join(dist, 'assets', name)), { level: 9 }).length
const files = readdirSync(join(dist, 'assets')).filter((name) => /\.(js|css)$/.test(name)).map((name) => ({ name, bytes: size(name) }))

const index = readFileSync(join(dist, 'index.html'), 'utf8')
const eager = new Set([...index.matchAll(/\/assets\/([^"]+)/g)].map((match) => match[1]))
// The map and the charts come when a page first shows one.
const isLazy = ({ name }) => /^(fleet-map|maplibre|plot)/.test(name)
for (const file of files) {
  if (isLazy(file) && eager.has(file.name)) throw new Error(`${file.name} must be loaded lazily`)
}
const languages = files.filter(({ name }) => /^(en|fr)-/.test(name))
if (languages.length !== 2) throw new Error('the catalogues must be files of their own')
const sum = (some) => some.reduce((total, { bytes }) => total + bytes, 0)
const shell = sum(files.filter((file) => !isLazy(file))) - Math.min(...languages.map(({ bytes }) => bytes))
const total = sum(files)

for (const { name, bytes } of files.toSorted((a, b) => b.bytes - a.bytes)) console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${name}`)
console.log(`shell ${(shell / 1000).toFixed(1)} of ${kShell / 1000} kB, total ${(total / 1000).toFixed(1)} of ${kTotal / 1000} kB`)
if (shell > kShell || total > kTotal) {
  console.error('over budget')
  process.exit(1)
}
