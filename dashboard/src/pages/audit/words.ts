import { audit as english } from '../../languages/en/audit.ts'
import { audit as persian } from '../../languages/fa/audit.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { audit: english }, fa: { audit: persian } })
