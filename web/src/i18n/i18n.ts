// SPDX-License-Identifier: Apache-2.0
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Language } from './languages'

const catalogues: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  fr: () => import('./fr.json'),
  en: () => import('./en.json'),
}

/** Loads the catalogue on first use. */
export async function setLanguage(language: Language): Promise<void> {
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      resources: {}, lng: language, fallbackLng: false, interpolation: { escapeValue: false }, returnNull: false,
    })
  }
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', (await catalogues[language]()).default)
  }
  await i18next.changeLanguage(language)
}
