import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Language } from '../../../server/src/platform/i18n.ts'
import type { fa, Words } from './fa.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words'
    resources: { words: typeof fa }
  }
}

export type { Language }

export const LANGUAGES: Record<Language, { name: string; direction: 'rtl' | 'ltr' }> = {
  fa: { name: 'فارسی', direction: 'rtl' },
  en: { name: 'English', direction: 'ltr' },
}

const STORED_AS = 'fiko-language'

/** The stored choice of language, otherwise the browser's preference. */
function firstLanguage(): Language {
  const stored = localStorage.getItem(STORED_AS)
  if (stored === 'fa' || stored === 'en') return stored
  const preferred = navigator.languages.map((tag) => tag.toLowerCase().split('-')[0])
  return preferred.find((tag) => tag === 'fa' || tag === 'en') ?? 'en'
}

let chosen: Language = firstLanguage()

export function chosenLanguage(): Language {
  return chosen
}

/** The words of the frame: each language is a file of its own, loaded when it is wanted. */
const FIRST_WORDS = {
  fa: async () => (await import('./fa/first.ts')).first,
  en: async () => (await import('./en/first.ts')).first,
}

/** Adds the words that only some pages need. Both languages are in the files of these pages, so that a change of language is at once. */
export function addWords(words: Record<Language, Partial<Words>>): void {
  for (const [language, added] of Object.entries(words)) i18next.addResourceBundle(language, 'words', added, true)
}

/** FIRST STRONG ISOLATE … POP: a name put into a sentence must not turn the sentence round. */
const isolate = (text: string) => `\u2068${text}\u2069`

export async function startLanguage(): Promise<void> {
  const words = await FIRST_WORDS[chosen]()
  await i18next.use(initReactI18next).init({
    lng: chosen,
    resources: { [chosen]: { words } },
    ns: ['words'],
    defaultNS: 'words',
    fallbackLng: false,
    interpolation: { escapeValue: true, escape: isolate },
  })
  markDocument()
}

/** Changes the language of the page at once, and remembers it in this browser only. */
export async function chooseLanguage(language: Language): Promise<void> {
  i18next.addResourceBundle(language, 'words', await FIRST_WORDS[language](), true)
  chosen = language
  localStorage.setItem(STORED_AS, language)
  await i18next.changeLanguage(language)
  markDocument()
}

function markDocument(): void {
  document.documentElement.lang = chosen
  document.documentElement.dir = LANGUAGES[chosen].direction
}
