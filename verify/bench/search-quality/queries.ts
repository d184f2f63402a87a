/**
 * The judged queries. A judgement is a list of rules over the facts of the products (judge.ts); it was written and read
 * before any ranking was tuned on it. README.md says what the classes mean and how to use the two splits.
 */
import { createHash } from 'node:crypto'
import { makeCatalogue } from './catalogue.ts'
import { queriesBySpelling } from './queries/by-spelling.ts'
import { queriesByThing } from './queries/by-thing.ts'
import { queriesByWish } from './queries/by-wish.ts'
import { codesAndUnsold } from './queries/codes-and-unsold.ts'
import type { QueryClass, Slip } from './queries/list.ts'

export { CLASSES, type QueryClass, type Slip } from './queries/list.ts'

export interface JudgedQuery {
  text: string
  class: QueryClass
  language: 'fa' | 'en' | 'mixed'
  split: 'tune' | 'held-out'
  slip: Slip | null
  /** Clean text of the query and its misspelt forms, which stay in one split. */
  group: string
  /** Product id to grade 1 to 3; a product that is not in it has grade 0. Empty: the shop does not sell it. */
  grades: ReadonlyMap<number, number>
}

const written = [...queriesByThing, ...queriesBySpelling, ...queriesByWish, ...codesAndUnsold]

/** Share of the queries whose groups fall into `tune`, in 256ths. */
const TUNE_SHARE = Math.round(0.4 * 256)

function splitOf(group: string): JudgedQuery['split'] {
  const [byte = 0] = createHash('sha256').update(group).digest()
  return byte < TUNE_SHARE ? 'tune' : 'held-out'
}

function languageOf(text: string): JudgedQuery['language'] {
  const persian = /\p{Script=Arabic}/u.test(text)
  const latin = /[a-z]/i.test(text)
  return persian && latin ? 'mixed' : persian || !latin ? 'fa' : 'en'
}

let judged: JudgedQuery[] | undefined

/** All queries with their grades; made once for each process. */
export function judgedQueries(): JudgedQuery[] {
  judged ??= written.map(({ class: queryClass, text, rules, slip = null, group = text }) => {
    const grades = new Map<number, number>()
    for (const facts of makeCatalogue().facts) {
      const rule = rules.find(([, condition]) => condition(facts))
      if (rule) grades.set(facts.id, rule[0])
    }
    return { text, class: queryClass, language: languageOf(text), split: splitOf(group), slip, group, grades }
  })
  return judged
}
