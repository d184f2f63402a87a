import type { Rules } from '../judge.ts'

export const CLASSES = [
  'exact name',
  'category',
  'attribute',
  'use case',
  'typo',
  'orthography',
  'digits and models',
  'price',
  'question',
  'cross-script',
  'exact SKU',
  'variant',
  'unanswerable',
] as const
export type QueryClass = (typeof CLASSES)[number]
/** How a query of the class `typo` was made from a clean one. */
export type Slip = 'clean' | 'one slip' | 'several slips' | 'wrong layout'

/** A query as it is written down, with its rules. */
export interface WrittenQuery {
  class: QueryClass
  text: string
  rules: Rules
  slip?: Slip
  group?: string
}

/** A list of queries, and a function that adds one. */
export function createList() {
  const written: WrittenQuery[] = []
  const add = (queryClass: QueryClass, text: string, ...rules: Rules) =>
    written.push({ class: queryClass, text, rules })
  return { written, add }
}
