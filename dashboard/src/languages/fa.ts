import { account } from './fa/account.ts'
import { agents } from './fa/agents.ts'
import { alerts } from './fa/alerts.ts'
import { audit } from './fa/audit.ts'
import { common } from './fa/common.ts'
import { deadLetters } from './fa/dead-letters.ts'
import { events } from './fa/events.ts'
import { feeds } from './fa/feeds.ts'
import { freshness } from './fa/freshness.ts'
import { overview } from './fa/overview.ts'
import { products } from './fa/products.ts'
import { questions } from './fa/questions.ts'
import { rules } from './fa/rules.ts'
import { search } from './fa/search.ts'
import { settings } from './fa/settings.ts'
import { shell } from './fa/shell.ts'
import { stores } from './fa/stores.ts'
import { sync } from './fa/sync.ts'
import { synonyms } from './fa/synonyms.ts'
import { tokens } from './fa/tokens.ts'
import { users } from './fa/users.ts'

/** The dashboard in Persian, its first language: the keys of every other language are these (`Words`). */
export const fa = {
  account,
  agents,
  alerts,
  audit,
  common,
  overview,
  settings,
  shell,
  stores,
  tokens,
  users,
  deadLetters,
  events,
  feeds,
  freshness,
  products,
  questions,
  rules,
  search,
  sync,
  synonyms,
}

/** The same keys, whatever the words are. */
type Same<T> = { [Key in keyof T]: T[Key] extends string ? string : Same<T[Key]> }

export type Words = Same<typeof fa>
