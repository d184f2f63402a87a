import type { SqlValue } from './database.ts'

/** Adds a value to a statement and returns its placeholder, so that no code counts placeholders: `bind(5)` → `$1`. */
export type Bind = (value: SqlValue) => string

/** A condition whose values are bound when the statement is written. */
export type Condition = (bind: Bind) => string

/** A `Bind` that collects the values in `values`, in the order of their placeholders. */
export function binder(values: SqlValue[]): Bind {
  return (value) => `$${values.push(value)}`
}
