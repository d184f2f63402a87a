import { useTranslation } from 'react-i18next'
import { serverSettings as english } from '../../languages/en/server-settings.ts'
import { serverSettings as persian } from '../../languages/fa/server-settings.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { serverSettings: english }, fa: { serverSettings: persian } })

export function useServerWords() {
  return useTranslation('words', { keyPrefix: 'serverSettings' })
}
