import { type Static, Type } from 'typebox'
import type { Sql } from '../platform/db/database.ts'
import { component, nullable, time } from '../platform/http/contract.ts'
import type { Language } from '../platform/i18n.ts'
import { needsOwner, type PluginReport, pluginSentence } from './plugin-sentences.ts'

/** An unchanged report is written only when the last one is older than this. */
const UNCHANGED_REPORT_MINUTES = 10
/** Limits of `details`; excess data is dropped, because rejecting the whole report would lose its state. */
const MAX_DETAILS = 20
const MAX_DETAIL_KEY = 40
const MAX_DETAIL_TEXT = 300
/** Products of a report's list of failed ones; `failed` counts all of them. */
export const MAX_FAILED_PRODUCTS = 100
const MAX_PRODUCT_NAME = 200
const MAX_PRODUCT_REASON = 500

/** The state of a store's plugin, as reported. */
export const PluginState = component(
  'PluginState',
  Type.Object({
    version: Type.String(),
    state: Type.String({ description: 'ok, syncing, stuck, wall … or a word that this server does not know' }),
    since: nullable(time()),
    waiting: Type.Integer(),
    failed: Type.Integer(),
    oldest_waiting_at: nullable(time()),
    reported_at: time('exact within 10 minutes'),
    needs_owner: Type.Boolean(),
    message: Type.String({ description: 'the meaning of the state and the next step, in the language of the reader' }),
  }),
)
export type PluginState = Static<typeof PluginState>

/** A report as returned by SQL; JSON has no dates. */
export interface PluginRow {
  version: string
  state: string
  since: string | null
  waiting: number
  failed: number
  oldest_waiting_at: string | null
  details: PluginReport['details']
  reported_at: string
}

/** SQL: the last report of the store `s`, as a `PluginRow`; null without a report. */
export const PLUGIN_COLUMN = `(select json_build_object('version', r.version, 'state', r.state, 'since', r.since, 'waiting', r.waiting,
    'failed', r.failed, 'oldest_waiting_at', r.oldest_waiting_at, 'details', r.details, 'reported_at', r.reported_at)
   from plugin_reports r where r.store_id = s.id) as plugin`

/** The plugin state that the store's owner sees. */
export function viewPlugin(row: PluginRow | null, language: Language, now = new Date()): PluginState | null {
  if (!row) return null
  const { version, state, waiting, failed, details } = row
  const [since, oldestWaitingAt] = [row.since, row.oldest_waiting_at].map((at) => (at === null ? null : new Date(at)))
  const reportedAt = new Date(row.reported_at)
  const report: PluginReport = {
    version,
    state,
    since: since ?? null,
    waiting,
    failed,
    oldestWaitingAt: oldestWaitingAt ?? null,
    details,
    reportedAt,
  }
  return {
    version,
    state,
    since: report.since,
    waiting,
    failed,
    oldest_waiting_at: report.oldestWaitingAt,
    reported_at: reportedAt,
    needs_owner: needsOwner(report),
    message: pluginSentence(report, language, now),
  }
}

/** A report to store; times are epoch seconds. */
export interface NewReport {
  version: string
  state: string
  since: number | null
  waiting: number
  failed: number
  oldestWaitingAt: number | null
  details: PluginReport['details']
  failedProducts: FailedProduct[]
}

/** A product that the plugin could not send, and the reason in the language of the shop. */
export interface FailedProduct {
  id: number
  name: string
  reason: string
}

/** Stores a report of a shop. An unchanged report writes and locks nothing; deleted stores keep none. */
export async function storeReport(sql: Sql, storeId: number, report: NewReport): Promise<void> {
  await sql.query(
    `insert into plugin_reports (tenant_id, store_id, version, state, since, waiting, failed, oldest_waiting_at, details, failed_products)
     select s.tenant_id, s.id, n.*
       from stores s
      cross join (select $2::text as version, $3::text as state, to_timestamp($4::float8) as since, $5::int as waiting,
                         $6::int as failed, to_timestamp($7::float8) as oldest_waiting_at, $8::jsonb as details, $9::jsonb as failed_products) n
      where s.id = $1 and s.deleted_at is null
        and not exists (select 1 from plugin_reports r
                         where r.store_id = s.id and r.reported_at > now() - interval '${UNCHANGED_REPORT_MINUTES} minutes'
                           and (r.version, r.state, r.since, r.waiting, r.failed, r.oldest_waiting_at, r.details, r.failed_products)
                               is not distinct from (n.version, n.state, n.since, n.waiting, n.failed, n.oldest_waiting_at, n.details,
                                                     n.failed_products))
     on conflict (store_id) do update set version = excluded.version, state = excluded.state, since = excluded.since,
       waiting = excluded.waiting, failed = excluded.failed, oldest_waiting_at = excluded.oldest_waiting_at,
       details = excluded.details, failed_products = excluded.failed_products, reported_at = now()`,
    [
      storeId,
      report.version,
      report.state,
      report.since,
      report.waiting,
      report.failed,
      report.oldestWaitingAt,
      JSON.stringify(report.details),
      JSON.stringify(report.failedProducts),
    ],
  )
}

/** The first texts and numbers of the plugin's details, truncated to the limits. */
export function readDetails(given: unknown): PluginReport['details'] {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return {}
  const kept = Object.entries(given).flatMap(([key, value]): [string, string | number][] => {
    if (key.length > MAX_DETAIL_KEY) return []
    if (typeof value === 'number') return [[key.toWellFormed(), value]]
    return typeof value === 'string' ? [[key.toWellFormed(), value.slice(0, MAX_DETAIL_TEXT).toWellFormed()]] : []
  })
  return Object.fromEntries(kept.slice(0, MAX_DETAILS))
}

/** The first failed products of a report, truncated to the limits. An entry without a product number is left out. */
export function readFailedProducts(given: unknown): FailedProduct[] {
  if (!Array.isArray(given)) return []
  const textOf = (value: unknown, most: number) =>
    typeof value === 'string' ? value.slice(0, most).toWellFormed() : ''
  const read = given.slice(0, MAX_FAILED_PRODUCTS).flatMap((entry: unknown): FailedProduct[] => {
    if (entry === null || typeof entry !== 'object') return []
    const { id, name, reason } = entry as Record<string, unknown>
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1) return []
    return [{ id, name: textOf(name, MAX_PRODUCT_NAME), reason: textOf(reason, MAX_PRODUCT_REASON) }]
  })
  return read.filter(({ id }, place) => read.findIndex((other) => other.id === id) === place)
}
