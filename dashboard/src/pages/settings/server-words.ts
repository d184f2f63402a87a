import i18next from 'i18next'
import { useTranslation } from 'react-i18next'
import { serverSettings as english } from '../../languages/en/server-settings.ts'
import { serverSettings as persian } from '../../languages/fa/server-settings.ts'

// Both languages are in the file of these parts, so that the first screen loads neither.
i18next.addResourceBundle('en', 'serverSettings', english)
i18next.addResourceBundle('fa', 'serverSettings', persian)

export function useServerWords() {
  return useTranslation('serverSettings')
}
