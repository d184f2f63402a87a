import { account } from './en/account.ts'
import { agents } from './en/agents.ts'
import { alerts } from './en/alerts.ts'
import { audit } from './en/audit.ts'
import { common } from './en/common.ts'
import { deadLetters } from './en/dead-letters.ts'
import { events } from './en/events.ts'
import { feeds } from './en/feeds.ts'
import { freshness } from './en/freshness.ts'
import { overview } from './en/overview.ts'
import { products } from './en/products.ts'
import { questions } from './en/questions.ts'
import { rules } from './en/rules.ts'
import { search } from './en/search.ts'
import { settings } from './en/settings.ts'
import { shell } from './en/shell.ts'
import { stores } from './en/stores.ts'
import { sync } from './en/sync.ts'
import { synonyms } from './en/synonyms.ts'
import { tokens } from './en/tokens.ts'
import { users } from './en/users.ts'
import type { Words } from './fa.ts'

export const en: Words = {
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
