// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from 'react-i18next'
import { Icon, Logo } from './icons'

export function Rail() {
  const { t } = useTranslation()
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <Logo />
      <a href="/live" className="rail-item" aria-current="page" onClick={(event) => event.preventDefault()}>
        <Icon name="live" />
        <span>{t('nav.live')}</span>
      </a>
    </nav>
  )
}
