import { settings as english } from '../../languages/en/settings.ts'
import { settings as persian } from '../../languages/fa/settings.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { settings: english }, fa: { settings: persian } })
