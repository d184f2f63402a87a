import { agents as english } from '../../languages/en/agents.ts'
import { agents as persian } from '../../languages/fa/agents.ts'
import { addWords } from '../../languages/language.ts'

addWords({ en: { agents: english }, fa: { agents: persian } })
