// SPDX-License-Identifier: Apache-2.0
// Language and theme: the reader's own, kept in this browser.
import { create } from 'zustand'
import { setLanguage } from '../i18n/i18n'
import { kLanguages, type Language } from '../i18n/languages'

export const kThemes = ['system', 'light', 'dark'] as const
export type ThemeChoice = (typeof kThemes)[number]

interface Settings {
  language: Language
  theme: ThemeChoice
  /** What `theme` comes to now. */
  shown: 'dark' | 'light'
}

const kStorageKey = 'fleet.settings'
const prefersLight = matchMedia('(prefers-color-scheme: light)')

function resolve(theme: ThemeChoice): 'dark' | 'light' {
  if (theme !== 'system') return theme
  return prefersLight.matches ? 'light' : 'dark'
}

function stored(): Partial<Settings> {
  try {
    return JSON.parse(localStorage.getItem(kStorageKey) ?? '{}') as Partial<Settings>
  } catch {
    // Storage may be forbidden or hold something else: the defaults do.
    return {}
  }
}

function initial(): Settings {
  const saved = stored()
  const wanted = [saved.language, ...navigator.languages].map((tag) => tag?.slice(0, 2))
  const language = kLanguages.find((l) => l === wanted.find((w) => kLanguages.some((k) => k === w))) ?? 'en'
  const theme = kThemes.find((t) => t === saved.theme) ?? 'system'
  return { language, theme, shown: resolve(theme) }
}

export const useSettings = create<Settings>(initial)

function apply(): void {
  const { language, shown } = useSettings.getState()
  document.documentElement.dataset['theme'] = shown
  document.documentElement.lang = language
}

export async function startSettings(): Promise<void> {
  await setLanguage(useSettings.getState().language)
  apply()
  prefersLight.addEventListener('change', () => chooseTheme(useSettings.getState().theme))
}

export function chooseTheme(theme: ThemeChoice): void {
  // Components read the tokens while they render: the attribute comes first.
  document.documentElement.dataset['theme'] = resolve(theme)
  useSettings.setState({ theme, shown: resolve(theme) })
  save()
}

export async function chooseLanguage(language: Language): Promise<void> {
  await setLanguage(language)
  useSettings.setState({ language })
  apply()
  save()
}

function save(): void {
  const { language, theme } = useSettings.getState()
  try {
    localStorage.setItem(kStorageKey, JSON.stringify({ language, theme }))
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}
