// SPDX-License-Identifier: Apache-2.0
// Records that could not be taken: how many for which reason, and the newest of them with what was wrong.
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { newestQuarantined } from '../api/client'
import type { Accounting, QuarantinedRecord } from '../app/health-types'
import { useFormat } from '../app/hooks'
import { Card } from './card'

interface Newest {
  items: readonly QuarantinedRecord[]
  failure: string | null
}

export function QuarantineCard({ accounting }: { accounting: Accounting | null }) {
  const { t } = useTranslation()
  const format = useFormat()
  const [newest, setNewest] = useState<Newest | null>(null)
  const [reason, setReason] = useState<string | null>(null)
  const total = accounting?.quarantined ?? 0
  // Read again when there are more of them.
  useEffect(() => {
    const abort = new AbortController()
    newestQuarantined(abort.signal).then(
      (items) => setNewest({ items, failure: null }),
      (error: unknown) => { if (!abort.signal.aborted) setNewest((s) => ({ items: s?.items ?? [], failure: error instanceof Error ? error.message : String(error) })) },
    )
    return () => abort.abort()
  }, [total])
  if (accounting === null) return null
  const reasons = Object.entries(accounting.quarantined_by_reason).toSorted((a, b) => b[1] - a[1])
  const top = Math.max(1, ...reasons.map(([, n]) => n))
  const shown = (newest?.items ?? []).filter((item) => reason === null || item.reason === reason)
  return (
    <Card title={t('health.quarantine')} aside={<span className="num">{format.int(total)}</span>} name="quarantine">
      {total === 0 && <p className="note">{t('health.quarantineNone')}</p>}
      <div className="reasons" role="group" aria-label={t('health.reasons')}>
        {reasons.map(([name, n]) => (
          <button key={name} type="button" className="reason" data-reason={name} aria-pressed={reason === name} title={t('health.reasonFilter', { name })} onClick={() => setReason(reason === name ? null : name)}>
            <span>{name}</span><i className="bar-track" aria-hidden="true"><i className="low" style={{ width: `${(100 * n) / top}%` }} /></i><b className="num">{format.int(n)}</b>
          </button>
        ))}
      </div>
      {newest?.failure && <p className="note bad" role="alert">{t('health.quarantineFailed', { reason: newest.failure })}</p>}
      {shown.length > 0 && (
        // It may scroll, so the keyboard must reach it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="scroll-box" role="region" tabIndex={0} aria-label={t('health.newestRefused')}>
          <h3>{t('health.newestRefused')}</h3>
          <ol className="refused">
            {shown.map((item) => (
              <li key={item.id} data-quarantined={item.id}>
                <p><b>{item.reason}</b> <span>{item.detail}</span></p>
                <p className="note num"><time dateTime={item.received} title={format.dateTimeUtc(Date.parse(item.received))}>{format.dateTime(Date.parse(item.received))}</time> · {item.source} · {t('health.row', { n: format.int(item.row) })}</p>
                <details><summary>{t('health.raw')}</summary><pre className="num">{item.raw}</pre></details>
              </li>
            ))}
          </ol>
        </div>
      )}
      {newest !== null && newest.failure === null && total > 0 && shown.length === 0 && <p className="note">{t(reason === null ? 'health.quarantineGone' : 'health.reasonNone')}</p>}
      {total > 0 && <p className="note">{t('health.redrive')} <code>fleet quarantine redrive</code></p>}
    </Card>
  )
}
