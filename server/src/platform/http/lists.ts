import { type Static, type TSchema, Type } from 'typebox'
import { binder } from '../db/binder.ts'
import type { Sql, SqlValue } from '../db/database.ts'
import { invalidInput } from '../errors.ts'
import { component, nullable } from './contract.ts'
import { localized } from './validation.ts'

/** Counts are exact up to this number; above it the planner's estimate is returned with `count_exact: false`. */
const MAX_EXACT_COUNT = 10_000

const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 200, ...localized('a whole number from 1 to 200', 'عددی صحیح از ۱ تا ۲۰۰') }),
)

/** Paging parameters of every list (`page_size` is an alias of `limit`). */
export const PageQuery = {
  page: Type.Optional(
    Type.Integer({
      minimum: 1,
      ...localized('a page number from 1; far pages are reached by following next', 'شمارهٔ صفحه از ۱'),
    }),
  ),
  limit,
  page_size: limit,
  cursor: Type.Optional(
    Type.String({
      maxLength: 500,
      ...localized('the cursor of a next or previous link', 'نشانگری از پیوند next یا previous'),
    }),
  ),
}

const PageQueryObject = Type.Object(PageQuery)

export interface List {
  /** Select list, `from` clause, and conditions on the values `$1…`, beginning with the tenant. */
  columns: string
  from: string
  where: string[]
  values: SqlValue[]
  /** Sort expression (never null) and its SQL type; `id` breaks ties. */
  sort: { sql: string; type: 'bigint' | 'numeric' | 'timestamptz' | 'text'; descending: boolean }
  id: string
}

export interface Page<Row> {
  count: number
  count_exact: boolean
  next: string | null
  previous: string | null
  results: Row[]
}

const link = nullable(Type.String({ description: 'path and query of the neighbouring page' }))

/** The answer of a list of these items, as a component of the API document. */
export function listOf<T extends TSchema>(name: string, item: T) {
  return component(
    name,
    Type.Object({
      count: Type.Integer({ description: 'exact up to 10,000, an estimate beyond' }),
      count_exact: Type.Boolean(),
      next: link,
      previous: link,
      results: Type.Array(item),
    }),
  )
}

interface Cursor {
  direction: 'next' | 'previous'
  sort: string
  id: number
}

/**
 * Reads one page by keyset pagination: a deep page costs as much as the first. `url` is the request's path and query, from which
 * the links are built.
 */
export async function readPage<Row>(
  sql: Sql,
  list: List,
  query: Static<typeof PageQueryObject>,
  url: string,
): Promise<Page<Row>> {
  const size = query.limit ?? query.page_size ?? 50
  const cursor = query.cursor === undefined ? null : parseCursor(query.cursor)
  const offset = cursor ? 0 : ((query.page ?? 1) - 1) * size
  if (offset > MAX_EXACT_COUNT)
    throw issueAt('page', 'is too far to jump to; follow the next links', 'برای پرش بسیار دور است')
  const backwards = cursor?.direction === 'previous'
  const descending = list.sort.descending !== backwards
  const values = [...list.values]
  const where = [...list.where]
  if (cursor) {
    const bind = binder(values)
    const place = `(${bind(cursor.sort)}::${list.sort.type}, ${bind(cursor.id)}::bigint)`
    where.push(`(${list.sort.sql}, ${list.id}) ${descending ? '<' : '>'} ${place}`)
  }
  const order = descending ? 'desc' : 'asc'
  const rows = await sql
    .query<Row & { cursor_sort: string; cursor_id: number }>(
      `select ${list.columns}, (${list.sort.sql})::text as cursor_sort, ${list.id} as cursor_id from ${list.from}
      where ${where.join(' and ')}
      order by ${list.sort.sql} ${order}, ${list.id} ${order} limit ${size + 1} offset ${offset}`,
      values,
    )
    .catch((error: { code?: string }) => {
      // SQLSTATE class 22 (data exception): the cursor's value does not have the type of the sort column.
      throw cursor && error.code?.startsWith('22') ? notOurCursor() : error
    })
  const hasMore = rows.length > size
  const shown = rows.slice(0, size)
  if (backwards) shown.reverse()
  const linkAt = (direction: Cursor['direction'], row: (typeof shown)[number] | undefined) =>
    row ? linkTo(url, { direction, sort: row.cursor_sort, id: row.cursor_id }) : null
  const hasNext = backwards || hasMore
  const hasPrevious = backwards ? hasMore : cursor !== null || offset > 0
  return {
    ...(await countRows(sql, list)),
    next: hasNext ? linkAt('next', shown.at(-1)) : null,
    previous: hasPrevious ? linkAt('previous', shown[0]) : null,
    results: shown.map(({ cursor_sort: _sort, cursor_id: _id, ...row }) => row as Row),
  }
}

/** The rows behind `last` in the order of the list, without counting them; null: the first. For exports. */
export async function readAfter<Row>(
  sql: Pick<Sql, 'query'>,
  { columns, from, where, values, sort, id }: List,
  last: { sort: string; id: number } | null,
  size: number,
): Promise<(Row & { cursor_sort: string; cursor_id: number })[]> {
  const bound = [...values]
  const bind = binder(bound)
  const behind = last
    ? ` and (${sort.sql}, ${id}) ${sort.descending ? '<' : '>'} (${bind(last.sort)}::${sort.type}, ${bind(last.id)}::bigint)`
    : ''
  const order = sort.descending ? 'desc' : 'asc'
  return await sql.query(
    `select ${columns}, (${sort.sql})::text as cursor_sort, ${id} as cursor_id from ${from}
      where ${where.join(' and ')}${behind} order by ${sort.sql} ${order}, ${id} ${order} limit ${size}`,
    bound,
  )
}

async function countRows(sql: Sql, list: List): Promise<{ count: number; count_exact: boolean }> {
  const source = `from ${list.from} where ${list.where.join(' and ')}`
  const [counted] = await sql.query<{ count: number }>(
    `select count(*)::int as count from (select 1 ${source} limit ${MAX_EXACT_COUNT + 1}) as counted`,
    list.values,
  )
  const count = counted?.count ?? 0
  if (count <= MAX_EXACT_COUNT) return { count, count_exact: true }
  const [plan] = await sql.query<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(
    `explain (format json) select 1 ${source}`,
    list.values,
  )
  return { count: Math.max(count, plan?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0), count_exact: false }
}

function linkTo(url: string, cursor: Cursor): string {
  const [path = '', search = ''] = url.split('?')
  const parameters = new URLSearchParams(search)
  parameters.delete('page')
  const text = JSON.stringify([cursor.direction, cursor.sort, cursor.id])
  parameters.set('cursor', Buffer.from(text).toString('base64url'))
  return `${path}?${parameters}`
}

function parseCursor(text: string): Cursor {
  try {
    const [direction, sort, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[]
    if ((direction === 'next' || direction === 'previous') && typeof sort === 'string' && Number.isSafeInteger(id)) {
      return { direction, sort, id: id as number }
    }
  } catch {
    // An invalid cursor gets the same answer as an unknown one.
  }
  throw notOurCursor()
}

function notOurCursor() {
  return issueAt('cursor', 'is not a cursor of this list; start from its first page', 'نشانگر این فهرست نیست')
}

function issueAt(path: string, en: string, fa: string) {
  return invalidInput([{ path, detail: { en, fa } }])
}
