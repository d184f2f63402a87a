import { type CleanedWhere, type CustomAdapter, createAdapterFactory } from '@better-auth/core/db/adapter'
import type { Sql, SqlValue } from '../../platform/db/database.ts'

/**
 * Storage adapter of the sign-in library on our database interface, so that it runs on both databases and uses our migrations.
 * Table and column names come from its options (ours) and are checked; values come from requests and are bound.
 */
export function authAdapter(sql: { read: Sql; write: Sql }) {
  return createAdapterFactory({
    config: {
      adapterId: 'fiko',
      adapterName: 'Fiko Sync',
      supportsUUIDs: true,
      supportsDates: true,
      supportsBooleans: true,
      // sign-in-storage.ts opens the transaction, because it must also contain the audit entry.
      transaction: false,
    },
    adapter: ({ getFieldName }) => statements(sql, getFieldName),
  })
}

function statements(
  { read, write }: { read: Sql; write: Sql },
  fieldName: (of: { model: string; field: string }) => string,
): CustomAdapter {
  const run = async <T>(text: string, values: SqlValue[]) => await write.query<T>(text, values)
  const ask = async <T>(text: string, values: SqlValue[]) => await read.query<T>(text, values)
  return {
    create: async ({ model, data }) => {
      const { columns, placeholders, values } = assigned(data)
      const [row] = await run<typeof data>(
        `insert into ${name(model)} (${columns.join(', ')}) values (${placeholders.join(', ')}) returning *`,
        values,
      )
      if (!row) throw new Error('an insert returned no row')
      return row
    },
    findOne: async <T>({ model, where }: { model: string; where: CleanedWhere[] }) => {
      const { text, values } = conditions(where)
      const [row] = await ask<T>(`select * from ${name(model)} ${text} limit 1`, values)
      return row ?? null
    },
    findMany: async <T>(query: {
      model: string
      where?: CleanedWhere[] | undefined
      limit: number
      sortBy?: { field: string; direction: 'asc' | 'desc' } | undefined
      offset?: number | undefined
    }) => {
      const { text, values } = conditions(query.where ?? [])
      const order = query.sortBy
        ? `order by ${name(fieldName({ model: query.model, field: query.sortBy.field }))} ${query.sortBy.direction === 'desc' ? 'desc' : 'asc'}`
        : ''
      return await ask<T>(
        `select * from ${name(query.model)} ${text} ${order} limit ${Math.trunc(query.limit)} offset ${Math.trunc(query.offset ?? 0)}`,
        values,
      )
    },
    count: async ({ model, where }) => {
      const { text, values } = conditions(where ?? [])
      const [row] = await ask<{ count: number }>(`select count(*)::int as count from ${name(model)} ${text}`, values)
      return row?.count ?? 0
    },
    update: async <T>({ model, where, update }: { model: string; where: CleanedWhere[]; update: T }) => {
      const rows = await updateRows<T>(run, model, where, update as Record<string, unknown>)
      return rows[0] ?? null
    },
    updateMany: async ({ model, where, update }) => (await updateRows(run, model, where, update)).length,
    delete: async ({ model, where }) => {
      const { text, values } = conditions(where)
      await run(`delete from ${name(model)} ${text}`, values)
    },
    deleteMany: async ({ model, where }) => {
      const { text, values } = conditions(where)
      return (await run(`delete from ${name(model)} ${text} returning 1`, values)).length
    },
    consumeOne: async <T>({ model, where }: { model: string; where: CleanedWhere[] }) => {
      const { text, values } = conditions(where)
      const [row] = await run<T>(
        `delete from ${name(model)} where id = (select id from ${name(model)} ${text} limit 1 for update) returning *`,
        values,
      )
      return row ?? null
    },
    // One statement, so that of two concurrent requests the second one sees the result of the first.
    incrementOne: async <T>({ model, where, increment, set }: Increment) => {
      const { columns, values } = assigned(set ?? {})
      const assignments = columns.map((column, index) => `${column} = $${index + 1}`)
      for (const [column, by] of Object.entries(increment)) {
        values.push(by)
        assignments.push(`${name(column)} = coalesce(${name(column)}, 0) + $${values.length}`)
      }
      const condition = conditions(where, values.length)
      const [row] = await run<T>(
        `update ${name(model)} set ${assignments.join(', ')}
          where id = (select id from ${name(model)} ${condition.text} limit 1 for update) returning *`,
        [...values, ...condition.values],
      )
      return row ?? null
    },
  }
}

interface Increment {
  model: string
  where: CleanedWhere[]
  increment: Record<string, number>
  set?: Record<string, unknown> | undefined
}

async function updateRows<T>(
  run: <R>(text: string, values: SqlValue[]) => Promise<R[]>,
  model: string,
  where: CleanedWhere[],
  update: Record<string, unknown>,
): Promise<T[]> {
  const { columns, values } = assigned(update)
  const condition = conditions(where, values.length)
  const assignments = columns.map((column, index) => `${column} = $${index + 1}`).join(', ')
  return await run<T>(`update ${name(model)} set ${assignments} ${condition.text} returning *`, [
    ...values,
    ...condition.values,
  ])
}

function assigned(data: Record<string, unknown>) {
  const entries = Object.entries(data).filter(([, value]) => value !== undefined)
  return {
    columns: entries.map(([column]) => name(column)),
    placeholders: entries.map((_, index) => `$${index + 1}`),
    values: entries.map(([, value]) => value as SqlValue),
  }
}

const OPERATORS: Record<string, (column: string, value: string) => string> = {
  eq: (column, value) => `${column} = ${value}`,
  ne: (column, value) => `${column} <> ${value}`,
  lt: (column, value) => `${column} < ${value}`,
  lte: (column, value) => `${column} <= ${value}`,
  gt: (column, value) => `${column} > ${value}`,
  gte: (column, value) => `${column} >= ${value}`,
  in: (column, value) => `${column}::text = any(${value}::text[])`,
}

function conditions(where: CleanedWhere[], offset = 0): { text: string; values: SqlValue[] } {
  const values: SqlValue[] = []
  const parts = where.map(({ field, operator, value, connector }, index) => {
    const joint = index === 0 ? '' : connector === 'OR' ? 'or ' : 'and '
    if (value === null) return `${joint}${name(field)} is ${operator === 'ne' ? 'not ' : ''}null`
    const condition = OPERATORS[operator ?? 'eq']
    if (!condition) throw new Error(`the sign-in library used an unsupported operator: ${operator}`)
    values.push(value as SqlValue)
    return `${joint}${condition(name(field), `$${offset + values.length}`)}`
  })
  return { text: parts.length > 0 ? `where ${parts.join(' ')}` : '', values }
}

function name(identifier: string): string {
  if (!/^[a-z_]+$/.test(identifier)) throw new Error(`unknown table or column: ${identifier}`)
  return `"${identifier}"`
}
