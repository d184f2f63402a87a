import { alerts as english } from '../../languages/en/alerts.ts'
import { alerts as persian } from '../../languages/fa/alerts.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { alerts: english }, fa: { alerts: persian } })
