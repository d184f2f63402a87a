import { type Static, Type } from 'typebox'
import type { Database, Sql } from '../../platform/db/database.ts'
import { invalidInput } from '../../platform/errors.ts'
import { bodyComponent, component, decimal, nothing, nullable, oneOf, time } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { localized } from '../../platform/http/validation.ts'
import { type Language, type Localised, negotiateLanguage } from '../../platform/i18n.ts'
import type { Queue } from '../../platform/runtime/queue.ts'
import { writeAuditEntry } from '../../tenants/audit.ts'
import { type Authenticator, actorOf } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { tenantFor } from '../../tenants/users.ts'
import { EMBED_STAGE } from '../chunks/chunk-products.ts'
import { type BudgetState, readBudget, writeBudget } from './budgets.ts'

/** The largest budget of a month, in dollars or tokens. */
const MAX_AMOUNT = 1_000_000_000_000

const ofUser = Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') }))
const BudgetQuery = Type.Object({ user_id: ofUser })

const BudgetBody = bodyComponent(
  'EmbeddingBudgetChange',
  Type.Object({
    user_id: ofUser,
    unit: oneOf(['usd', 'tokens'], localized('usd or tokens', 'usd یا tokens')),
    amount: Type.String({
      pattern: '^\\d{1,13}(\\.\\d{1,9})?$',
      ...localized(
        'an amount such as "5" or "0.50"; 0 stops embedding',
        'مقداری مانند "5" یا "0.50"؛ صفر یعنی بدون بردار معنایی',
      ),
    }),
  }),
)

const Budget = component(
  'EmbeddingBudget',
  Type.Object(
    {
      unit: nullable(oneOf(['usd', 'tokens'])),
      amount: nullable(decimal('for one month; null: no budget')),
      month: Type.String({ description: 'the present month, such as 2026-11, in UTC' }),
      time_zone: Type.Literal('UTC'),
      spent_tokens: Type.Integer(),
      spent_usd: decimal('US dollars of the requests whose price was known'),
      state: oneOf(['open', 'paused']),
      paused_since: nullable(time()),
      reason: nullable(oneOf(['budget', 'price_unknown'])),
      message: Type.String(),
      ends_at: time('the start of the next month, when a pause ends'),
    },
    { description: 'The monthly budget of a tenant for embeddings of texts and queries.' },
  ),
)
export type Budget = Static<typeof Budget>

const MESSAGES: Record<'none' | 'open' | 'budget' | 'price_unknown', Localised> = {
  none: {
    en: 'There is no budget: every text is embedded.',
    fa: 'بودجه‌ای تعیین نشده است و همهٔ متن‌ها بردار معنایی می‌گیرند.',
  },
  open: { en: 'The budget of this month is not used up.', fa: 'بودجهٔ این ماه هنوز تمام نشده است.' },
  budget: {
    en: 'The embedding budget of this month is used up. Search answers from words until the next month (UTC) or a higher budget.',
    fa: 'بودجهٔ بردار معنایی این ماه تمام شده است. تا ماه بعد (به وقت UTC) یا افزایش بودجه، جست‌وجو با واژه‌ها پاسخ می‌دهد.',
  },
  price_unknown: {
    en: 'The price of the model is unknown, so a budget in dollars allows no request. Set the price of the model, or a budget in tokens. Search answers from words meanwhile.',
    fa: 'قیمت مدل مشخص نیست، پس با بودجهٔ دلاری درخواستی فرستاده نمی‌شود. قیمت مدل یا بودجه‌ای بر پایهٔ توکن تعیین کنید. تا آن زمان جست‌وجو با واژه‌ها پاسخ می‌دهد.',
  },
}

/** The sentence about a paused tenant; null while its texts are embedded. */
export function pauseSentence({ pausedReason }: Pick<BudgetState, 'pausedReason'>, language: Language): string | null {
  return pausedReason === null ? null : MESSAGES[pausedReason][language]
}

interface Parts {
  db: Database
  auth: Authenticator
  queue: Queue
}

/** The monthly budget of a tenant: an admin sets it, its owner sees it. */
export function budgetRoutes(app: Http, { db, auth, queue }: Parts): void {
  const shared = { tags: ['knowledge'], security: BY_PERSON }
  app.get(
    '/api/v1/knowledge/budget/',
    {
      schema: {
        ...shared,
        operationId: 'readEmbeddingBudget',
        summary: 'Monthly embedding budget of a tenant, and its spending',
        querystring: BudgetQuery,
        response: { 200: Budget },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const language = negotiateLanguage(request.headers['accept-language'])
      return await db.inScope(person.scope).transaction(async (tx) => {
        const tenantId = await tenantFor(tx, person, request.query.user_id)
        return budgetView(await readBudget(tx, tenantId), language)
      })
    },
  )

  app.put(
    '/api/v1/knowledge/budget/',
    {
      schema: {
        ...shared,
        operationId: 'setEmbeddingBudget',
        summary: 'Set the monthly embedding budget of a tenant',
        body: BudgetBody,
        response: { 200: Budget },
        example: { body: { unit: 'usd', amount: '5' } },
      },
    },
    async (request) => {
      const admin = await auth.admin(request)
      const { user_id: userId, unit, amount } = request.body
      if (unit === 'tokens' && amount.includes('.')) throw invalidAmount()
      if (Number(amount) > MAX_AMOUNT) throw tooLarge()
      const language = negotiateLanguage(request.headers['accept-language'])
      return await db.service.transaction(async (tx) => {
        const tenantId = await tenantFor(tx, admin, userId)
        await writeBudget(tx, tenantId, { unit, amount })
        await writeAuditEntry(tx, actorOf(request, admin), {
          action: 'embedding_budget.changed',
          target: { kind: 'tenant', id: tenantId },
          detail: { unit, amount },
        })
        await wake(tx)
        return budgetView(await readBudget(tx, tenantId), language)
      })
    },
  )

  app.delete(
    '/api/v1/knowledge/budget/',
    {
      schema: {
        ...shared,
        operationId: 'deleteEmbeddingBudget',
        summary: 'Remove the monthly embedding budget of a tenant',
        querystring: BudgetQuery,
        response: { 204: nothing('The tenant has no budget.') },
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      await db.service.transaction(async (tx) => {
        const tenantId = await tenantFor(tx, admin, request.query.user_id)
        await writeBudget(tx, tenantId, null)
        await writeAuditEntry(tx, actorOf(request, admin), {
          action: 'embedding_budget.changed',
          target: { kind: 'tenant', id: tenantId },
          detail: { unit: null, amount: null },
        })
        await wake(tx)
      })
      return reply.code(204).send()
    },
  )

  const wake = (tx: Sql) => queue.wake(tx, EMBED_STAGE)
}

function budgetView(state: BudgetState, language: Language): Budget {
  const { unit, amount, month, tokens, usd, pausedSince, pausedReason, endsAt } = state
  const message = MESSAGES[pausedReason ?? (amount === null ? 'none' : 'open')][language]
  return {
    unit,
    amount,
    month,
    time_zone: 'UTC',
    spent_tokens: tokens,
    spent_usd: usd,
    state: pausedReason === null ? 'open' : 'paused',
    paused_since: pausedSince,
    reason: pausedReason,
    message,
    ends_at: endsAt,
  }
}

function invalidAmount() {
  return invalidInput([
    { path: 'amount', detail: { en: 'must be a whole number of tokens', fa: 'باید تعداد صحیحی از توکن‌ها باشد' } },
  ])
}

function tooLarge() {
  return invalidInput([
    { path: 'amount', detail: { en: 'must be at most 1,000,000,000,000', fa: 'باید حداکثر ۱٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰ باشد' } },
  ])
}
