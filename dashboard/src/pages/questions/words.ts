import { questions as english } from '../../languages/en/questions.ts'
import { questions as persian } from '../../languages/fa/questions.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { questions: english }, fa: { questions: persian } })
