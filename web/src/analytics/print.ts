// SPDX-License-Identifier: Apache-2.0
// Paper is white: while the page is printed it is in the light theme, and as wide as the sheet. The charts are drawn before the browser
// takes its picture of the page, because the change is made in one go.
import { flushSync } from 'react-dom'
import { useEffect } from 'react'
import { useSettings } from '../app/settings'

export function usePrint(): void {
  useEffect(() => {
    let before: 'dark' | 'light' | null = null
    const show = (theme: 'dark' | 'light') => {
      document.documentElement.dataset['theme'] = theme
      flushSync(() => useSettings.setState({ shown: theme }))
    }
    const begin = () => {
      before = useSettings.getState().shown
      if (before !== 'light') show('light')
    }
    const end = () => {
      if (before !== null && before !== 'light') show(before)
      before = null
    }
    addEventListener('beforeprint', begin)
    addEventListener('afterprint', end)
    return () => {
      removeEventListener('beforeprint', begin)
      removeEventListener('afterprint', end)
    }
  }, [])
}
