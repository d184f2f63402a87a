import { feeds as english } from '../../languages/en/feeds.ts'
import { feeds as persian } from '../../languages/fa/feeds.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { feeds: english }, fa: { feeds: persian } })
