// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'

export function Card({ title, aside, name, children }: { title: string; aside?: ReactNode; name: string; children: ReactNode }) {
  return (
    <section className={`card health-card ${name}`} aria-labelledby={`health-${name}`} data-card={name}>
      <h2 id={`health-${name}`}>{title}{aside !== undefined && <span className="aside">{aside}</span>}</h2>
      {children}
    </section>
  )
}

/** One figure of a card. */
export function Line({ name, value, note, hint }: { name: string; value: string; note?: string; hint?: string }) {
  return <div title={hint}><dt>{name}</dt><dd className="num">{value}{note !== undefined && <small> {note}</small>}</dd></div>
}
