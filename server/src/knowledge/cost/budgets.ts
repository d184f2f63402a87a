import type { Access, Sql } from '../../platform/db/database.ts'
import { estimateTokens } from './count-tokens.ts'
import type { Price } from './prices.ts'

/** The month of a budget begins at 00:00 UTC on the first, by the clock of the database. */
const THIS_MONTH = `date_trunc('month', now() at time zone 'UTC')::date`
const MONTH_BEGAN = `date_trunc('month', now(), 'UTC')`

/** SQL condition: the embedding of this tenant is paused. A pause of an earlier month has ended. */
export function isPaused(tenant: string): string {
  return `exists (select 1 from embedding_budgets b where b.tenant_id = ${tenant} and b.paused_since >= ${MONTH_BEGAN})`
}

/** SQL: why the embedding of this budget's tenant is paused, `budget` or `price_unknown`; null while it is open. */
export function pausedReason(budget: string): string {
  return `case when ${budget}.paused_since >= ${MONTH_BEGAN} then ${budget}.paused_reason end`
}

/** The tenants whose embedding is paused, with all of their stores. */
export async function pausedStores(sql: Sql): Promise<Set<number>> {
  const rows = await sql.query<{ id: number }>(
    `select s.id from embedding_budgets b join stores s on s.tenant_id = b.tenant_id
      where b.paused_since is not null and b.paused_since >= ${MONTH_BEGAN}`,
  )
  return new Set(rows.map(({ id }) => id))
}

/** Ends all pauses, so that the next request decides again: after another price, another model or another budget. */
export async function resumeEmbedding(sql: Sql, tenantId: number | null = null): Promise<void> {
  await sql.query(
    `update embedding_budgets set paused_since = null, paused_reason = null
      where paused_since is not null and ($1::bigint is null or tenant_id = $1)`,
    [tenantId],
  )
}

/** The texts of one tenant in a request, in their order. */
export interface Wanted {
  tenantId: number
  texts: string[]
}

/** A charge that was written before the request; `settle` corrects it afterwards. */
export interface Charge {
  tenantId: number
  /** The month of the charge, as a date. */
  month: string
  /** Number of texts that the budget allows, from the first. */
  allowed: number
  /** Estimated tokens of the allowed texts. */
  tokens: number
}

/**
 * Charges a request in advance: its estimated tokens are added to the month of each tenant as far as the budget allows. The row of the
 * tenant is locked meanwhile, so that two processes never spend the same rest. The embedding of a tenant with a refused text is paused. A
 * process that is killed before it settles leaves its estimate charged, because the provider may have charged it as well. A tenant that
 * is being erased appears in no result.
 */
export async function charge(access: Access, wanted: Wanted[], price: Price): Promise<Charge[]> {
  const sorted = wanted.toSorted((a, b) => a.tenantId - b.tenantId)
  return await access.transaction(async (tx) => {
    const rows = await tx.query<{ tenantId: number; month: string; amount: string | null; unit: string; rest: number }>(
      `insert into embedding_budgets as b (tenant_id, month)
       select id, ${THIS_MONTH} from tenants where id = any($1::bigint[]) and erasing_since is null order by id
       on conflict (tenant_id) do update
         set tokens = case when b.month = excluded.month then b.tokens else 0 end,
             usd = case when b.month = excluded.month then b.usd else 0 end, month = excluded.month
       returning tenant_id as "tenantId", month::text, amount::text, unit,
                 least(9e15, case when unit = 'tokens' then amount - tokens
                      when $2::numeric > 0 then floor((amount - usd) * 1000000 / $2::numeric) else 9e15 end)::float8 as rest`,
      [sorted.map(({ tenantId }) => tenantId), price],
    )
    const budgets = new Map(rows.map((row) => [row.tenantId, row]))
    const charges = sorted.flatMap(({ tenantId, texts }) => {
      const budget = budgets.get(tenantId)
      if (!budget) return []
      const isUnknown = budget.unit === 'usd' && price === null
      const isClosed = budget.amount !== null && Number(budget.amount) === 0
      const rest = budget.amount === null ? Number.POSITIVE_INFINITY : isUnknown || isClosed ? -1 : budget.rest
      const refusedBy = isUnknown && !isClosed ? 'price_unknown' : 'budget'
      const { allowed, tokens } = fitting(texts, rest)
      return [{ tenantId, month: budget.month, allowed, tokens, pause: allowed < texts.length ? refusedBy : null }]
    })
    await tx.query(
      `update embedding_budgets b
          set tokens = b.tokens + r.tokens, usd = b.usd + r.tokens * coalesce($4::numeric, 0) / 1000000,
              paused_since = case when r.pause is null then b.paused_since
                                  when b.paused_since >= ${MONTH_BEGAN} then b.paused_since else now() end,
              paused_reason = coalesce(r.pause, b.paused_reason)
         from unnest($1::bigint[], $2::bigint[], $3::text[]) as r (tenant_id, tokens, pause)
        where b.tenant_id = r.tenant_id`,
      [
        charges.map((each) => each.tenantId),
        charges.map((each) => each.tokens),
        charges.map((each) => each.pause),
        price,
      ],
    )
    return charges.map(({ pause: _, ...each }) => each)
  })
}

function fitting(texts: string[], rest: number): { allowed: number; tokens: number } {
  let tokens = 0
  for (const [place, text] of texts.entries()) {
    const next = tokens + estimateTokens(text)
    if (next > rest) return { allowed: place, tokens }
    tokens = next
  }
  return { allowed: texts.length, tokens }
}

/** Corrects charges by the tokens that the provider counted: `tokens` is the real number of each charge, 0 for a failed request. */
export async function settle(sql: Sql, charges: (Charge & { real: number })[], price: Price): Promise<void> {
  const wrong = charges.filter(({ tokens, real }) => tokens !== real)
  if (wrong.length === 0) return
  await sql.query(
    `with locked as (
       select tenant_id from embedding_budgets where tenant_id = any($1::bigint[]) order by tenant_id for update)
     update embedding_budgets b
        set tokens = greatest(0, b.tokens + r.more), usd = greatest(0, b.usd + r.more * coalesce($4::numeric, 0) / 1000000)
       from unnest($1::bigint[], $2::bigint[], $3::date[]) as r (tenant_id, more, month), locked l
      where b.tenant_id = r.tenant_id and l.tenant_id = r.tenant_id and b.month = r.month`,
    [
      wrong.map(({ tenantId }) => tenantId),
      wrong.map(({ tokens, real }) => real - tokens),
      wrong.map(({ month }) => month),
      price,
    ],
  )
}

export interface BudgetState {
  unit: 'usd' | 'tokens' | null
  amount: string | null
  tokens: number
  usd: string
  month: string
  pausedSince: Date | null
  pausedReason: 'budget' | 'price_unknown' | null
  endsAt: Date
}

/** The budget of a tenant and the spending of the month; a tenant that embedded nothing yet has spent 0. */
export async function readBudget(sql: Sql, tenantId: number): Promise<BudgetState> {
  const [state] = await sql.query<BudgetState>(
    `select b.unit, trim_scale(b.amount)::text as amount,
            case when b.month = ${THIS_MONTH} then b.tokens else 0 end::float8 as tokens,
            trim_scale(case when b.month = ${THIS_MONTH} then coalesce(b.usd, 0) else 0 end)::text as usd,
            to_char(${THIS_MONTH}, 'YYYY-MM') as month,
            case when b.paused_since >= ${MONTH_BEGAN} then b.paused_since end as "pausedSince",
            case when b.paused_since >= ${MONTH_BEGAN} then b.paused_reason end as "pausedReason",
            date_trunc('month', now(), 'UTC') + interval '1 month' as "endsAt"
       from (select $1::bigint as tenant_id) t left join embedding_budgets b on b.tenant_id = t.tenant_id`,
    [tenantId],
  )
  if (!state) throw new Error('a query without a table gave no row')
  return state
}

/** The budget of a tenant that is nearly or fully spent, or paused. */
export interface SpentBudget {
  tenantId: number
  unit: 'usd' | 'tokens'
  amount: string
  spent: string
  /** Spent part of the budget, from 0. */
  share: number
  month: string
  pausedSince: Date | null
  pausedReason: 'budget' | 'price_unknown' | null
}

/** The budgets of which at least `share` (0 to 1) is spent this month, and the paused ones. A budget of 0 is closed on purpose. */
export async function spentBudgets(sql: Sql, share: number): Promise<SpentBudget[]> {
  return await sql.query<SpentBudget>(
    `select * from (
       select b.tenant_id as "tenantId", b.unit, trim_scale(b.amount)::text as amount, trim_scale(s.spent)::text as spent,
              (s.spent / b.amount)::float8 as share, to_char(b.month, 'YYYY-MM') as month,
              case when b.paused_since >= ${MONTH_BEGAN} then b.paused_since end as "pausedSince",
              case when b.paused_since >= ${MONTH_BEGAN} then b.paused_reason end as "pausedReason"
         from embedding_budgets b
         join tenants t on t.id = b.tenant_id and t.erasing_since is null
        cross join lateral (select case when b.unit = 'tokens' then b.tokens else b.usd end as spent) s
        where b.amount > 0 and b.month = ${THIS_MONTH}) spending
      where share >= $1 or "pausedSince" is not null`,
    [share],
  )
}

/** Sets or removes the monthly budget of a tenant and ends a pause. */
export async function writeBudget(
  tx: Sql,
  tenantId: number,
  budget: { unit: 'usd' | 'tokens'; amount: string } | null,
): Promise<void> {
  await tx.query(
    `insert into embedding_budgets (tenant_id, unit, amount, month) values ($1, $2, $3::numeric, ${THIS_MONTH})
     on conflict (tenant_id) do update set unit = excluded.unit, amount = excluded.amount, paused_since = null, paused_reason = null,
            changed_at = now()`,
    [tenantId, budget?.unit ?? null, budget?.amount ?? null],
  )
}
