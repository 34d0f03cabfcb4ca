// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { PageId } from '../app/pages'
import { Icon } from './icons'

type Keys = readonly (readonly [keys: readonly string[], action: string])[]

const kLiveKeys: Keys = [
  [['Ctrl K', '/'], 'search'],
  [['f'], 'filter'],
  [['↑', '↓', 'Home', 'End'], 'rows'],
  [['Enter'], 'select'],
  [['Esc'], 'escape'],
  [['t'], 'follow'],
  [['0'], 'fit'],
  [['+', '−'], 'zoom'],
  [['?'], 'help'],
]

const kAlertKeys: Keys = [
  [['j', 'k'], 'move'],
  [['↑', '↓', 'Home', 'End'], 'rows'],
  [['a'], 'ack'],
  [['r'], 'resolve'],
  [['x', 'X'], 'mark'],
  [['o', 'Enter'], 'openAlert'],
  [['c'], 'comment'],
  [['f'], 'filterVehicle'],
  [['Esc'], 'escapeAlert'],
  [['Ctrl K', '/'], 'search'],
  [['?'], 'help'],
]

const kAnalyticsKeys: Keys = [
  [['f'], 'vehicles'],
  [['1', '2', '3', '4'], 'metric'],
  [['+', '−', '0'], 'zoomTime'],
  [['[', ']'], 'moveTime'],
  [['←', '→', 'Shift ←'], 'cursor'],
  [['r'], 'readAgain'],
  [['Ctrl K', '/'], 'search'],
  [['?'], 'help'],
]

const kHealthKeys: Keys = [
  [['Ctrl K', '/'], 'search'],
  [['?'], 'help'],
]

const kVehicleKeys: Keys = [
  [['Space', 'p'], 'vehiclePlay'],
  [['←', '→', 'Shift'], 'vehicleSeek'],
  [['j', 'k'], 'vehicleEvent'],
  [['<', '>'], 'vehicleRate'],
  [['s'], 'vehicleSkip'],
  [['Home', 'End'], 'vehicleEnds'],
  [['[', ']'], 'vehicleDay'],
  [['0'], 'vehicleFit'],
  [['+', '−'], 'zoom'],
  [['Ctrl K', '/'], 'search'],
  [['?'], 'help'],
]

const kKeys: Record<PageId, Keys> = { live: kLiveKeys, analytics: kAnalyticsKeys, alerts: kAlertKeys, vehicle: kVehicleKeys, health: kHealthKeys }

export function HelpDialog({ page, open, onClose }: { page: PageId; open: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <header>
        <h2 id="help-title">{t('help.title')}</h2>
        <button type="button" className="icon-button" aria-label={t('help.close')} onClick={onClose}><Icon name="close" /></button>
      </header>
      <dl>
        {kKeys[page].map(([keys, action]) => (
          <div key={action}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{t(`help.${action}`)}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  )
}
