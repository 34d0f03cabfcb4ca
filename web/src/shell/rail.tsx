// SPDX-License-Identifier: Apache-2.0
import type { MouseEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf, kPageIds, navigate, type PageId } from '../app/pages'
import { usePage } from '../app/page-store'
import { Icon, Logo } from './icons'

const kIcons = { live: 'live', analytics: 'chart', alerts: 'alert', health: 'pulse' } as const

export function Rail() {
  const { t } = useTranslation()
  const fleet = usePage((s) => s.fleet)
  const here = usePage((s) => s.page)
  const go = (event: MouseEvent, page: PageId) => {
    // A new tab is the browser's own business.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (page !== here) navigate(page, { fleet })
  }
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <Logo />
      {kPageIds.map((page) => (
        <a key={page} href={addressOf(page, fleet === null ? '' : `fleet=${encodeURIComponent(fleet)}`)} className="rail-item" data-page={page} aria-current={page === here ? 'page' : undefined} onClick={(event) => go(event, page)}>
          <Icon name={kIcons[page]} />
          <span>{t(`nav.${page}`)}</span>
        </a>
      ))}
    </nav>
  )
}
