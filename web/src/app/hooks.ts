// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from 'react'
import { Formatter } from '../i18n/format'
import { useSettings } from './settings'

export function useFormat(): Formatter {
  const language = useSettings((s) => s.language)
  return useMemo(() => new Formatter(language, navigator.languages), [language])
}

/** Renders again each `ms`; returns the local time. */
export function useNow(ms: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const id = setInterval(() => setNow(Date.now()), ms)
    return () => clearInterval(id)
  }, [ms])
  return now
}
