// SPDX-License-Identifier: Apache-2.0
// The filter box: words that must all hold. `speed>90 battery<=20 zone_a` – comparisons by column, anything else is
// looked for in the id and the zone. French column names are understood as well. A half-typed comparison is no filter yet.

export type Field = 'speed' | 'battery' | 'temp' | 'age'
export type Term =
  | { kind: 'text'; text: string }
  | { kind: 'compare'; field: Field; op: '>' | '<' | '>=' | '<=' | '='; value: number }

const kFields: Record<string, Field> = {
  speed: 'speed', vitesse: 'speed', battery: 'battery', batterie: 'battery', temp: 'temp', age: 'age', âge: 'age',
}

export function parseFilter(text: string): Term[] {
  const terms: Term[] = []
  for (const word of text.trim().toLowerCase().split(/\s+/)) {
    if (word === '') continue
    const parts = /^(\p{L}+)(>=|<=|>|<|=)(.*)$/u.exec(word)
    const field = parts ? kFields[parts[1]!] : undefined
    if (!parts || !field) {
      terms.push({ kind: 'text', text: word })
      continue
    }
    const value = Number(parts[3]!.replace(',', '.'))
    if (parts[3] === '' || Number.isNaN(value)) continue
    terms.push({ kind: 'compare', field, op: parts[2] as '>' | '<' | '>=' | '<=' | '=', value })
  }
  return terms
}
