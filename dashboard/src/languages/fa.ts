import { common } from './fa/common.ts'
import { shell } from './fa/shell.ts'
import { tokens } from './fa/tokens.ts'

/** The dashboard in Persian, its first language: the keys of every other language are these (`Words`). */
export const fa = { common, shell, tokens }

/** The same keys, whatever the words are. */
type Same<T> = { [Key in keyof T]: T[Key] extends string ? string : Same<T[Key]> }

export type Words = Same<typeof fa>
