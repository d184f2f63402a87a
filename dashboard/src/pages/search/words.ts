import { search as english } from '../../languages/en/search.ts'
import { search as persian } from '../../languages/fa/search.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { search: english }, fa: { search: persian } })
