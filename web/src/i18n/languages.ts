// SPDX-License-Identifier: Apache-2.0
export const kLanguages = ['fr', 'en'] as const
export type Language = (typeof kLanguages)[number]

/** Locale for numbers and dates: the browser's own variant of the language if it has one (en-US), else ours. */
export function localeOf(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.slice(0, 2) === language) ?? (language === 'fr' ? 'fr-FR' : 'en-GB')
}
