// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../app/hooks'
import { liveClient, useLive } from '../live/client'
import { pillOf } from '../live/pill'

export function ConnectionPill() {
  const { t } = useTranslation()
  const format = useFormat()
  const live = useLive()
  const now = useNow(200)
  if (live.mode === 'day') return <span className="pill day" data-pill="day"><i aria-hidden="true" />{t('link.day')}</span>
  const pill = pillOf(live.link, now)
  const age = pill.ageS === null ? '' : format.seconds(pill.ageS)
  const late = pill.kind === 'stale' || pill.kind === 'retrying'
  const lag = live.link.lagMs
  return (
    <span className="pill-group">
      {lag !== null && !late && <span className="pill-lag">{t('link.lag', { every: format.seconds(lag / 1000) })}</span>}
      {late && <button type="button" className="quiet" onClick={() => liveClient.retry()}>{t('link.retry')}</button>}
      <span className={`pill ${pill.kind}`} data-pill={pill.kind} title={late ? t('link.staleHint', { age }) : undefined}>
        <i aria-hidden="true" />
        <span className="num">{t(`link.${pill.kind}`, { age })}</span>
      </span>
      {/* Announced when the kind changes, not with each tick of the age. */}
      <span className="visually-hidden" role="status">{t('link.label')} {t(`link.${pill.kind}`, { age: '' })}</span>
    </span>
  )
}
