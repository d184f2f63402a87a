import { account } from './fa/account.ts'
import { agents } from './fa/agents.ts'
import { alerts } from './fa/alerts.ts'
import { audit } from './fa/audit.ts'
import { deadLetters } from './fa/dead-letters.ts'
import { feeds } from './fa/feeds.ts'
import { first } from './fa/first.ts'
import { questions } from './fa/questions.ts'
import { rules } from './fa/rules.ts'
import { search } from './fa/search.ts'
import { serverSettings } from './fa/server-settings.ts'
import { settings } from './fa/settings.ts'
import { synonyms } from './fa/synonyms.ts'
import { users } from './fa/users.ts'

/** All words in Persian, the dashboard's first language: the keys of every other language are these (`Words`). For types and tests. */
export const fa = {
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

/** The same keys, whatever the words are. */
type Same<T> = { [Key in keyof T]: T[Key] extends string ? string : Same<T[Key]> }

export type Words = Same<typeof fa>
