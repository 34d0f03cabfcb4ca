// SPDX-License-Identifier: Apache-2.0
// The embedded store, the outbox of notifications, and how long each fleet is kept.
import { useTranslation } from 'react-i18next'
import type { Fleet } from '../api/types'
import type { Health } from '../app/health-types'
import { useFormat } from '../app/hooks'
import { Card, Line } from './card'
import { bytesText } from './units'

export function StoreCard({ health }: { health: Health }) {
  const { t } = useTranslation()
  const format = useFormat()
  const journal = health.journal!
  const tables = health.table_bytes ?? 0
  const free = health.disk_free_bytes ?? null
  const reserve = health.disk_reserve_bytes ?? null
  const used = tables + journal.bytes
  const share = (n: number) => `${(100 * n) / Math.max(1, used + (free ?? 0))}%`
  const rows = health.accounting?.stored ?? 0
  return (
    <Card title={t('health.embedded')} aside={t('health.engine')} name="store">
      {free !== null && (
        <div className="disk" role="img" aria-label={t('health.diskSummary', { used: bytesText(format, used), free: bytesText(format, free) })}>
          <i className="disk-tables" style={{ width: share(tables) }} /><i className="disk-journal" style={{ width: share(journal.bytes) }} />
          {reserve !== null && <b title={t('health.reserve', { value: bytesText(format, reserve) })} style={{ right: share(reserve) }} />}
        </div>
      )}
      <dl className="lines-of">
        <Line name={t('health.tables')} value={bytesText(format, tables)} note={rows > 0 ? t('health.perRow', { value: bytesText(format, tables / rows) }) : undefined} />
        <Line name={t('health.journal')} value={bytesText(format, journal.bytes)} note={journal.segments === undefined ? undefined : t('health.segments', { count: journal.segments, n: format.int(journal.segments) })} />
        <Line name={t('health.free')} value={bytesText(format, free)} note={reserve === null ? undefined : t('health.reserve', { value: bytesText(format, reserve) })} hint={t('health.reserveHint')} />
        <Line name={t('health.tail')} value={format.int(health.tail_rows ?? null)} hint={t('health.tailHint')} />
        <Line name={t('health.checkpoint')} value={t('health.entries', { count: journal.lag_entries, n: format.int(journal.lag_entries) })} hint={t('health.checkpointHint')} />
        <Line name={t('health.syncs')} value={format.int(journal.syncs)} hint={t('health.syncsHint')} />
        <Line name={t('health.devices')} value={format.int(health.devices ?? null)} />
        <Line name={t('health.fleets')} value={format.int(health.fleets ?? null)} />
      </dl>
    </Card>
  )
}

export function NotifyCard({ notify }: { notify: Health['notify'] | null }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (!notify) return <Card title={t('health.notify')} aside={t('health.notifyOff')} name="notify"><p className="note">{t('health.notifyNone')}</p></Card>
  return (
    <Card title={t('health.notify')} aside={<span className={notify.status === 'ok' ? 'ok' : 'bad'}>{t(`health.notifyStatus.${notify.status}`)}</span>} name="notify">
      <dl className="lines-of">
        <Line name={t('health.waiting')} value={format.int(notify.waiting_alerts)} />
        <Line name={t('health.undelivered')} value={format.int(notify.undelivered)} />
      </dl>
      <ul className="channels">
        {notify.channels.map((channel) => (
          <li key={channel.channel} data-channel={channel.channel}>
            <b>{channel.channel}</b> <span className="num">{t('health.channel', { sent: format.int(channel.sent), failed: format.int(channel.failed), retries: format.int(channel.retries) })}</span>
            {channel.last_error !== null && <p className="note bad">{channel.last_error}</p>}
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function RetentionCard({ fleets }: { fleets: Fleet[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <Card title={t('health.retention')} aside={t('fleet.label')} name="retention">
      {fleets.length === 0 ? <p className="note">{t('error.noFleets')}</p> : (
        // It may scroll, so the keyboard must reach it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="scroll-box" role="region" tabIndex={0} aria-label={t('health.retention')}>
          <table className="plain">
            <thead><tr><th scope="col">{t('fleet.label')}</th><th scope="col" className="end">{t('health.devices')}</th><th scope="col" className="end">{t('health.kept')}</th><th scope="col" className="end">{t('health.newest')}</th></tr></thead>
            <tbody>
              {fleets.map((fleet) => (
                <tr key={fleet.fleet_id}>
                  <th scope="row">{fleet.fleet_id}</th><td className="num end">{format.int(fleet.devices)}</td>
                  <td className="num end">{fleet.retention_days === null ? t('health.unlimited') : t('health.days', { count: fleet.retention_days, n: format.int(fleet.retention_days) })}</td>
                  <td className="num end">{fleet.last_ts === null ? '–' : format.dateTime(Date.parse(fleet.last_ts))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  )
}
