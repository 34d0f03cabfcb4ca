// SPDX-License-Identifier: Apache-2.0
import type { RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import type { Fleet, SearchHit } from '../api/types'
import { useFormat } from '../app/hooks'
import { navigate, openVehicle } from '../app/pages'
import { setPage, usePage } from '../app/page-store'
import { chooseLanguage, chooseTheme, kThemes, useSettings } from '../app/settings'
import { kLanguages } from '../i18n/languages'
import { ConnectionPill } from './connection-pill'
import { DatePicker } from './date-picker'
import { Icon } from './icons'
import { SearchBox } from './search-box'

const kThemeIcon = { system: 'system', light: 'sun', dark: 'moon' } as const

interface Props {
  fleets: Fleet[]
  search: RefObject<HTMLInputElement | null>
  onHelp: () => void
}

export function TopBar({ fleets, search, onHelp }: Props) {
  const { t } = useTranslation()
  const date = usePage((s) => s.date)
  const page = usePage((s) => s.page)
  const { language, theme } = useSettings()
  const nextTheme = kThemes[(kThemes.indexOf(theme) + 1) % kThemes.length]!
  const other = kLanguages.find((l) => l !== language)!
  const pick = (hit: SearchHit) => {
    if (page === 'vehicle') {
      openVehicle(hit.device_id, hit.fleet_id)
      return
    }
    if (page !== 'live') {
      navigate('live', { fleet: hit.fleet_id, sel: hit.device_id })
      return
    }
    const here = usePage.getState().fleet === hit.fleet_id
    setPage(here ? { sel: hit.device_id } : { fleet: hit.fleet_id, sel: hit.device_id, map: null })
  }
  return (
    <header className="bar">
      <h1>{t(`title.${page}`)}</h1>
      <FleetPicker fleets={fleets} />
      {page === 'live' && <DatePicker value={date} onChange={(day) => setPage({ date: day, at: null })} />}
      <SearchBox input={search} onPick={pick} />
      <div className="bar-end">
        {page === 'live' && <ConnectionPill />}
        <button type="button" className="control square" lang={other} title={t('language.label')} aria-label={`${language.toUpperCase()}, ${t(`language.${other}`)}`} onClick={() => void chooseLanguage(other)}>
          {language.toUpperCase()}
        </button>
        <button type="button" className="control square" aria-label={t('theme.current', { name: t(`theme.${theme}`) })} title={t('theme.current', { name: t(`theme.${theme}`) })} onClick={() => chooseTheme(nextTheme)}>
          <Icon name={kThemeIcon[theme]} />
        </button>
        <button type="button" className="control square" aria-label={t('help.open')} title={t('help.open')} onClick={onHelp}>?</button>
      </div>
    </header>
  )
}

function FleetPicker({ fleets }: { fleets: Fleet[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const chosen = usePage((s) => s.fleet)
  const known = fleets.some((f) => f.fleet_id === chosen)
  // A vehicle belongs to one fleet: another fleet is another page.
  const choose = (fleet: string) => (usePage.getState().page === 'vehicle' ? navigate('live', { fleet }) : setPage({ fleet, sel: null, map: null }))
  return (
    <label className="control select">
      <Icon name="truck" />
      <span className="visually-hidden">{t('fleet.label')}</span>
      <select value={chosen ?? ''} disabled={fleets.length === 0} onChange={(event) => choose(event.target.value)}>
        {chosen === null && <option value="">{t('fleet.none')}</option>}
        {chosen !== null && !known && <option value={chosen}>{chosen}</option>}
        {fleets.map((f) => (
          <option key={f.fleet_id} value={f.fleet_id}>{`${f.fleet_id} · ${t('fleet.count', { count: f.devices, n: format.int(f.devices) })}`}</option>
        ))}
      </select>
      <Icon name="down" />
    </label>
  )
}
