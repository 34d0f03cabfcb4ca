// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat, useNow } from '../app/hooks'
import { setPage, usePage } from '../app/page-store'
import { openVehicle } from '../app/pages'
import { Icon, StateMark } from '../shell/icons'
import { liveClient, useLive } from './client'
import { today } from '../shell/calendar'
import { SpeedChart } from './speed-chart'
import type { Trail } from './use-trail'
import { useDeviceDay } from './use-hours'
import { compassPoint, valuesOf } from './values'

const kFullKmh = 130

export function VehicleDrawer({ id, trail }: { id: string; trail: Trail | null }) {
  const { t } = useTranslation()
  const format = useFormat()
  const live = useLive()
  const follow = usePage((s) => s.follow)
  useNow(1000)
  const slot = liveClient.store.slotOf(id)
  const close = <button type="button" className="icon-button" aria-label={t('drawer.close')} title={t('drawer.close')} onClick={() => setPage({ sel: null })}><Icon name="close" /></button>
  if (slot < 0 || liveClient.store.known[slot] === 0) {
    return (
      <aside className="card drawer" aria-label={t('drawer.label')}>
        <header className="drawer-head"><h2>{id}</h2>{close}</header>
        <p className="note drawer-part">{live.phase === 'loading' ? t('table.loading') : t('drawer.gone', { id })}</p>
      </aside>
    )
  }
  const now = liveClient.nowMs()
  const v = valuesOf(liveClient.store, slot, now, liveClient.limits)
  const fix = v.posTs === null ? t('drawer.noFix') : t('drawer.lastFix', { age: format.age((now - v.posTs) / 1000) })
  return (
    <aside className="card drawer" aria-label={t('drawer.label')} data-drawer={id}>
      <header className="drawer-head">
        <h2>{id}</h2>
        <span className={`badge ${v.state}`}><StateMark state={v.state} />{t(`state.${v.state}`)}</span>
        {close}
        <p className="num">{[v.zone, fix].filter(Boolean).join(' · ')}</p>
      </header>
      {/* It may scroll, so the keyboard must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="drawer-body" role="region" tabIndex={0} aria-label={t('drawer.details', { id })}>
        <div className="drawer-part speed-part">
          <p className="big num"><span data-speed>{format.dec(v.speed)}</span> <small>km/h</small></p>
          <SpeedScale speed={v.speed} />
        </div>
        <dl className="facts">
          <Fact name={t('drawer.heading')}>{v.heading === null ? '–' : `${t(`compass.${compassPoint(v.heading)}`)} · ${format.int(v.heading)}°`}</Fact>
          <Fact name={t('drawer.battery')}>{format.percent(v.battery)}</Fact>
          <Fact name={t('drawer.temp')}>{format.with(v.temp, '°C')}</Fact>
          <Fact name={t('drawer.humidity')}>{format.percent(v.humidity)}</Fact>
          <Fact name={t('drawer.position')}>{v.lat === null ? '–' : `${format.degree(v.lat)} · ${format.degree(v.lon)}`}</Fact>
          <Fact name={t('drawer.time')}>
            {v.ts === null ? '–' : <time dateTime={new Date(v.ts).toISOString()} title={format.dateTimeUtc(v.ts)}>{live.mode === 'day' ? format.dateTime(v.ts) : format.clock(v.ts)}</time>}
          </Fact>
        </dl>
        <SpeedChart trail={trail} />
        <DayFigures id={id} day={live.day ?? today(now)} />
      </div>
      <footer className="drawer-foot">
        {live.mode === 'live' && v.lat !== null && (
          <button type="button" className={follow ? 'primary on' : 'primary'} aria-pressed={follow} data-follow onClick={() => usePage.setState({ follow: !follow })}>
            <Icon name="follow" />{t(follow ? 'drawer.unfollow' : 'drawer.follow')}
          </button>
        )}
        <button type="button" className="control" data-open-day onClick={() => openVehicle(id, live.fleet, live.day ?? (v.ts === null ? null : new Date(v.ts).toISOString().slice(0, 10)), live.atMs)}>
          <Icon name="calendar" />{t('vehicle.open')}
        </button>
      </footer>
    </aside>
  )
}

/** What the vehicle did on the UTC day that is shown. */
function DayFigures({ id, day }: { id: string; day: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const figures = useDeviceDay(id, day)
  if (figures === null || figures.records === 0) return null
  return (
    <div className="drawer-part day-part">
      <h3>{t('drawer.day')}<span className="aside">{format.day(day)}</span></h3>
      <dl className="day-figures">
        <Fact name={t('drawer.distance')}>{format.with(figures.distance_m / 1000, 'km')}</Fact>
        <Fact name={t('drawer.moving')}>{format.age(figures.moving_s)}</Fact>
        <Fact name={t('drawer.mean')}>{format.with(figures.avg_speed_kmh, 'km/h')}</Fact>
        <Fact name={t('drawer.maximum')}>{format.with(figures.max_speed_kmh, 'km/h')}</Fact>
      </dl>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <div><dt>{name}</dt><dd className="num">{children}</dd></div>
}

function SpeedScale({ speed }: { speed: number | null }) {
  const bounds = [0, 30, 60, 90, kFullKmh]
  return (
    <div className="scale" aria-hidden="true">
      <div className="scale-bar">
        {bounds.slice(1).map((to, i) => (
          <i key={to} className={`speed-${i + 1} ${speed !== null && speed >= bounds[i]! && (speed < to || i === 3) ? 'on' : ''}`} style={{ flexGrow: to - bounds[i]! }} />
        ))}
        {speed !== null && <b style={{ left: `${Math.min(1, speed / kFullKmh) * 100}%` }} />}
      </div>
      <div className="scale-ticks num">{bounds.map((b) => <span key={b} style={{ left: `${(b / kFullKmh) * 100}%` }}>{b}</span>)}</div>
    </div>
  )
}
