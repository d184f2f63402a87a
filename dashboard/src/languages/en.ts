import { common } from './en/common.ts'
import { shell } from './en/shell.ts'
import { tokens } from './en/tokens.ts'
import type { Words } from './fa.ts'

export const en: Words = { common, shell, tokens }
