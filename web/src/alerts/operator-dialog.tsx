// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { nameOperator, useOperator } from './operator'

export function OperatorDialog() {
  const { t } = useTranslation()
  const { name, waiting } = useOperator()
  const [draft, setDraft] = useState(name)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (waiting) dialog.current?.showModal()
    else dialog.current?.close()
  }, [waiting])
  return (
    <dialog ref={dialog} className="help operator" aria-labelledby="operator-title" onClose={() => useOperator.setState({ waiting: null })}>
      <form onSubmit={(event) => { event.preventDefault(); if (draft.trim() !== '') nameOperator(draft.trim()) }}>
        <h2 id="operator-title">{t('alerts.operatorTitle')}</h2>
        <p className="note">{t('alerts.operatorHint')}</p>
        <label>
          <span className="visually-hidden">{t('alerts.operatorName')}</span>
          <input type="text" className="control wide" data-operator maxLength={60} autoComplete="name" placeholder={t('alerts.operatorName')} value={draft} onChange={(event) => setDraft(event.target.value)} />
        </label>
        <div className="operator-foot">
          <button type="button" className="control" onClick={() => dialog.current?.close()}>{t('alerts.cancel')}</button>
          <button type="submit" className="primary" disabled={draft.trim() === ''}>{t('alerts.operatorGo')}</button>
        </div>
      </form>
    </dialog>
  )
}
