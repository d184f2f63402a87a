import { common } from './en/common.ts'
import { deadLetters } from './en/dead-letters.ts'
import { events } from './en/events.ts'
import { overview } from './en/overview.ts'
import { products } from './en/products.ts'
import { search } from './en/search.ts'
import { shell } from './en/shell.ts'
import { stores } from './en/stores.ts'
import { tokens } from './en/tokens.ts'
import type { Words } from './fa.ts'

export const en: Words = { common, overview, shell, stores, tokens, deadLetters, events, products, search }
