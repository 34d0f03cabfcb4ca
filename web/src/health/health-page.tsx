// SPDX-License-Identifier: Apache-2.0
// How the server is: what comes in and how fast it is acknowledged, what was refused and why, the store, the cluster, who watches.
import '../design/health.css'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Fleet } from '../api/types'
import { clusterOf, replicationOf } from '../app/cluster'
import { refreshHealth, type Sample, useHealth } from '../app/health-poll'
import type { Health } from '../app/health-types'
import { useFormat, useNow } from '../app/hooks'
import { kMissedMs, lossesOf } from '../app/losses'
import { Icon, type IconName } from '../shell/icons'
import { Card } from './card'
import { ClusterCard, ReplicationCard } from './cluster-card'
import { countOf, curve, quantile, rateOf, ratesOf, recentAcks } from './figures'
import { QuarantineCard } from './quarantine-card'
import { NotifyCard, RetentionCard, StoreCard } from './store-card'
import { bytesText, latencyText, rateText } from './units'

const kWindowMs = 600_000
const kSparkWidth = 132
const kSparkHeight = 34

export function HealthPage({ fleets }: { fleets: Fleet[] }) {
  const { t } = useTranslation()
  const { health, failure, samples } = useHealth()
  if (health === null) {
    return (
      <main className="health-page" data-health={failure === null ? 'loading' : 'failed'} id="vehicles">
        {failure === null
          ? <p className="empty-page" role="status">{t('health.loading')}</p>
          : <div className="notice bad" role="alert">{t('health.failed', { reason: failure })} <button type="button" className="control" onClick={refreshHealth}>{t('error.retry')}</button></div>}
      </main>
    )
  }
  const cluster = clusterOf(health.cluster)
  const replication = replicationOf(health.replication)
  return (
    <main className="health-page" data-health="ready" id="vehicles">
      <Head health={health} />
      <Figures health={health} samples={samples} />
      {cluster && <ClusterCard cluster={cluster} />}
      <div className="health-cards">
        {health.accounting && <Balance health={health} />}
        {health.journal && <StoreCard health={health} />}
        <QuarantineCard accounting={health.accounting ?? null} />
        {replication && <ReplicationCard replication={replication} />}
        <NotifyCard notify={health.notify ?? null} />
        <RetentionCard fleets={fleets} />
      </div>
    </main>
  )
}

function Head({ health }: { health: Health }) {
  const { t } = useTranslation()
  const format = useFormat()
  const heard = useHealth()
  const { heardMs, failure } = heard
  const now = useNow(1000)
  const ageMs = heardMs === null ? 0 : Math.max(0, now - heardMs)
  const old = ageMs > kMissedMs
  // What a server says of itself is not all that may be lost.
  const status = old ? 'unknown' : health.status === 'ok' && lossesOf(heard, now).length > 0 ? 'losses' : health.status
  return (
    <header className="card health-head">
      <span className={`health-status ${status}`} data-status={status}><i aria-hidden="true" /><b>{t(`health.status.${status}`)}</b></span>
      <p className="note num">
        <span>{t(`health.store.${health.store}`)}</span>
        <span title={t(`health.durability.${health.durability}Hint`)}>{t(`health.durability.${health.durability}`)}</span>
        <span>{t('health.up', { age: format.age(health.uptime_s) })}</span>
        <span>{t('health.version', { version: health.version })}</span>
      </p>
      <span className={old ? 'pill stale num' : 'pill live num'} data-health-age={old ? 'old' : 'fresh'} title={failure ?? t('health.ageHint')}><i aria-hidden="true" />{t('health.heard', { age: format.age(ageMs / 1000) })}</span>
    </header>
  )
}

function Figures({ health, samples }: { health: Health; samples: readonly Sample[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const received = (h: Health) => h.accounting?.received
  const acks = recentAcks(samples)
  const rates = useMemo(() => ratesOf(samples, received), [samples])
  const slow = useMemo(() => samples.slice(1).map((sample, i) => {
    const pair = recentAcks([samples[i]!, sample], Infinity)
    return { ms: sample.ms, value: pair?.recent ? quantile(pair.times, 0.99) : null }
  }), [samples])
  const live = rateOf(samples, (h) => h.live?.bytes)
  const messages = rateOf(samples, (h) => h.live?.messages)
  const p = (share: number) => (acks === null ? null : quantile(acks.times, share))
  return (
    <section className="health-figures" aria-label={t('health.figures')}>
      {health.accounting && (
        <Figure id="ingest" icon="download" name={t('health.ingest')} value={rateText(format, rateOf(samples, received))} unit={t('health.perSecond')} note={t('health.ingestNote', { n: format.int(health.accounting.received) })} points={rates} />
      )}
      {acks && (
        <Figure id="ack" icon="pulse" name={t('health.ack')} value={latencyText(format, p(0.5))} unit="p50" points={slow} title={t('health.ackHint')}
          note={`p95 ${latencyText(format, p(0.95))} · p99 ${latencyText(format, p(0.99))} · ${countOf(acks.times) === 0 ? t('health.ackNone') : t(acks.recent ? 'health.ackRecent' : 'health.ackAll')}`} />
      )}
      {health.journal && (
        <Figure id="lag" icon="gauge" name={t('health.lag')} value={bytesText(format, health.queue_bytes ?? 0)} unit={t('health.queued')} title={t('health.lagHint')} points={samples.map((s) => ({ ms: s.ms, value: s.health.queue_bytes ?? null }))}
          note={t('health.lagNote', { count: health.journal.lag_entries, n: format.int(health.journal.lag_entries) })} />
      )}
      {health.live && (
        <Figure id="live" icon="live" name={t('health.live')} value={format.int(health.live.clients)} unit={t('health.viewers', { count: health.live.clients })} points={samples.map((s) => ({ ms: s.ms, value: s.health.live?.clients ?? null }))}
          note={[live === null ? '' : t('health.liveNote', { n: rateText(format, messages), bytes: bytesText(format, live) }), health.connections === undefined ? '' : t('health.connections', { count: health.connections, n: format.int(health.connections) })].filter((part) => part !== '').join(' · ')} />
      )}
    </section>
  )
}

interface FigureProps {
  id: string
  icon: IconName
  name: string
  value: string
  unit: string
  note: string
  title?: string
  points: readonly { ms: number; value: number | null }[]
}

function Figure({ id, icon, name, value, unit, note, title, points }: FigureProps) {
  const { t } = useTranslation()
  const last = points.at(-1)?.ms ?? 0
  const top = Math.max(0, ...points.map((p) => p.value ?? 0))
  // A young page has few answers: the curve grows into the ten minutes.
  const from = Math.max(last - kWindowMs, Math.min(points[0]?.ms ?? 0, last - 60_000))
  const d = points.length < 2 ? '' : curve(points, from, last, top, kSparkWidth, kSparkHeight)
  return (
    <article className="card figure" data-figure={id} title={title}>
      <h2><Icon name={icon} />{name}</h2>
      <p className="kpi-value"><span className="num" data-value>{value}</span> <small>{unit}</small></p>
      {d !== '' && <svg className="figure-curve" viewBox={`0 0 ${kSparkWidth} ${kSparkHeight}`} preserveAspectRatio="none" role="img" aria-label={t('health.curve', { name })}><path className="chart-grid" d={`M0 ${kSparkHeight - 0.5}H${kSparkWidth}`} /><path d={d} /></svg>}
      <p className="note num">{note}</p>
    </article>
  )
}

const kOutcomes = ['stored', 'duplicates', 'conflicts', 'quarantined', 'refused'] as const

/** Every record that came is somewhere: that is the promise, and here it can be added up. */
function Balance({ health }: { health: Health }) {
  const { t } = useTranslation()
  const format = useFormat()
  const a = health.accounting!
  const sum = kOutcomes.reduce((total, outcome) => total + a[outcome], 0)
  const even = sum === a.received
  const share = (n: number) => (a.received === 0 ? 0 : (100 * n) / a.received)
  return (
    <Card title={t('health.balance')} aside={even ? <span className="ok">✓ {t('health.balanceEven')}</span> : <span className="num">{t('health.balanceOdd', { n: format.int(a.received - sum) })}</span>} name="balance">
      <div className="outcome-bar" aria-hidden="true">{kOutcomes.map((outcome) => a[outcome] > 0 && <i key={outcome} className={`outcome-${outcome}`} style={{ flexGrow: a[outcome] }} />)}</div>
      <dl className="outcomes">
        <div className="all"><dt>{t('health.outcome.received')}</dt><dd className="num">{format.int(a.received)}</dd></div>
        {kOutcomes.map((outcome) => (
          <div key={outcome} data-outcome={outcome}><dt><i className={`outcome-${outcome}`} aria-hidden="true" />{t(`health.outcome.${outcome}`)}</dt><dd className="num">{format.int(a[outcome])} <small>{format.percent(share(a[outcome]))}</small></dd></div>
        ))}
      </dl>
      <p className="note">{t('health.balanceNote', { late: format.int(a.late), erased: format.int(a.erased ?? 0) })}</p>
    </Card>
  )
}
