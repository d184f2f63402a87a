import { deadLetters as english } from '../../languages/en/dead-letters.ts'
import { deadLetters as persian } from '../../languages/fa/dead-letters.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { deadLetters: english }, fa: { deadLetters: persian } })
