import { account } from './en/account.ts'
import { agents } from './en/agents.ts'
import { alerts } from './en/alerts.ts'
import { audit } from './en/audit.ts'
import { deadLetters } from './en/dead-letters.ts'
import { feeds } from './en/feeds.ts'
import { first } from './en/first.ts'
import { questions } from './en/questions.ts'
import { rules } from './en/rules.ts'
import { search } from './en/search.ts'
import { serverSettings } from './en/server-settings.ts'
import { settings } from './en/settings.ts'
import { synonyms } from './en/synonyms.ts'
import { users } from './en/users.ts'
import type { Words } from './fa.ts'

/** All words in English, for tests. */
export const en: Words = {
  ...first,
  account,
  agents,
  alerts,
  audit,
  deadLetters,
  feeds,
  questions,
  rules,
  search,
  settings,
  synonyms,
  users,
  serverSettings,
}
