import { common } from './en/common.ts'
import { overview } from './en/overview.ts'
import { shell } from './en/shell.ts'
import { stores } from './en/stores.ts'
import { tokens } from './en/tokens.ts'
import type { Words } from './fa.ts'

export const en: Words = { common, overview, shell, stores, tokens }
