// SPDX-License-Identifier: Apache-2.0
// What does not work now, on every page. It says how old that knowledge is, and leads to the Health page.
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../app/hooks'
import { useHealth } from '../app/health-poll'
import { isGrave, type Loss, lossesOf } from '../app/losses'
import { usePage } from '../app/page-store'
import { navigate } from '../app/pages'
import { Icon } from './icons'

export function LossBanner() {
  const { t } = useTranslation()
  const format = useFormat()
  const heard = useHealth()
  const page = usePage((s) => s.page)
  const now = useNow(1000)
  const losses = lossesOf(heard, now)
  const text = useLossText()
  if (losses.length === 0) return null
  const grave = losses.some(isGrave)
  const ageMs = heard.heardMs === null ? null : Math.max(0, now - heard.heardMs)
  return (
    <section className={grave ? 'notice bad loss' : 'notice day loss'} aria-label={t('health.losses')} data-loss={losses.map((loss) => loss.kind).join(' ')}>
      <Icon name="alert" />
      {/* Announced when a loss comes or goes, not with each tick of the age. */}
      <span role={grave ? 'alert' : 'status'}>{losses.map((loss) => <span key={loss.kind} className="loss-line">{text(loss)}</span>)}</span>
      <span className="note num loss-age">{ageMs === null ? t('health.neverHeard') : t('health.heard', { age: format.age(ageMs / 1000) })}</span>
      {page !== 'health' && <button type="button" className="control" onClick={() => navigate('health', { fleet: usePage.getState().fleet })}>{t('health.details')}</button>}
    </section>
  )
}

/** A loss in words. */
export function useLossText(): (loss: Loss) => string {
  const { t } = useTranslation()
  const format = useFormat()
  return (loss) => {
    switch (loss.kind) {
      case 'unreachable': return t('health.loss.unreachable', { time: format.clock(loss.sinceMs), reason: loss.reason })
      case 'refusing': return t('health.loss.refusing', { reason: loss.reason })
      case 'nodes': return [
        t('health.loss.nodes', { count: loss.down.length, n: format.int(loss.down.length), all: format.int(loss.nodes), names: loss.down.join(', ') }),
        loss.lost.length > 0 ? t('health.loss.lost', { names: loss.lost.join(', ') }) : t('health.loss.noneLost'),
      ].join(' ')
      case 'replication': return t('health.loss.replication', { reason: loss.reason })
      case 'cluster': return t('health.loss.cluster', { reason: loss.reason })
      case 'notify': return t('health.loss.notify', { count: loss.undelivered, n: format.int(loss.undelivered) })
      case 'starting': case 'stopping': case 'stale-reads': return t(`health.loss.${loss.kind}`)
    }
  }
}
