import { type Static, Type } from 'typebox'
import type { Database, Sql } from '../platform/db/database.ts'
import { type Issue, invalidInput, notFound, Problem } from '../platform/errors.ts'
import { bodyComponent, nothing, oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { listOf, PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import {
  MAX_RESENT_PRODUCTS,
  RESEND_COLUMNS,
  RESEND_KINDS,
  Resend,
  type ResendRow,
  STALE_HOURS,
  viewResend,
} from './resend.ts'

const StoreParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })
const ResendParams = Type.Object({
  id: idSchema(localized('a whole number', 'یک عدد صحیح')),
  request: idSchema(localized('the id of a request', 'شناسهٔ یک درخواست')),
})

const ResendBody = bodyComponent(
  'NewResend',
  Type.Object(
    {
      kind: oneOf(
        RESEND_KINDS,
        localized('all, products, category, since or failed', 'یکی از all، products، category، since یا failed'),
      ),
      product_ids: Type.Optional(
        Type.Array(idSchema(localized('a product id of the shop', 'شناسهٔ یک محصول در فروشگاه')), {
          minItems: 1,
          maxItems: MAX_RESENT_PRODUCTS,
          ...localized(
            `a list of 1 to ${MAX_RESENT_PRODUCTS} product ids of the shop`,
            'فهرستی از ۱ تا ۵۰۰ شناسهٔ محصول در فروشگاه',
          ),
        }),
      ),
      category: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 200,
          ...localized('the name of a category, of 1 to 200 characters', 'نام یک دسته‌بندی، ۱ تا ۲۰۰ نویسه'),
        }),
      ),
      since: Type.Optional(
        Type.String({
          format: 'date-time',
          ...localized('a time such as 2026-11-20T08:00:00Z', 'زمانی مانند 2026-11-20T08:00:00Z'),
        }),
      ),
    },
    { additionalProperties: false },
  ),
)
type ResendBody = Static<typeof ResendBody>

const ResendList = listOf('ResendList', Resend)

/** The field that each kind needs; the other kinds take none. */
const FIELD_OF = { products: 'product_ids', category: 'category', since: 'since' } as const
const FIELDS = Object.values(FIELD_OF)

/** Requests of an owner to send products again; the plugin takes them and carries them out in the background. */
export function resendRoutes(app: Http, { db, auth }: { db: Database; auth: Authenticator }): void {
  const path = '/api/v1/stores/:id/resend/'
  const shared = { tags: ['stores'], security: BY_PERSON }

  app.get(
    path,
    {
      schema: {
        ...shared,
        operationId: 'listResends',
        summary: 'Requests to send products again, newest first',
        params: StoreParams,
        querystring: Type.Object(PageQuery),
        response: { 200: ResendList },
        problems: [404],
        example: { params: { id: 1 }, query: { limit: 20 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const sql = db.inScope(person.scope)
      const { id } = request.params
      await findStore(sql, person.tenantId, id)
      const page = await readPage<ResendRow>(
        sql,
        {
          columns: RESEND_COLUMNS,
          from: 'resend_requests r',
          where: ['($1::bigint is null or r.tenant_id = $1)', 'r.store_id = $2'],
          values: [person.tenantId, id],
          sort: { sql: 'r.id', type: 'bigint', descending: true },
          id: 'r.id',
        },
        request.query,
        request.url,
      )
      const language = negotiateLanguage(request.headers['accept-language'])
      return { ...page, results: page.results.map((row) => viewResend(row, language)) }
    },
  )

  app.post(
    path,
    {
      schema: {
        ...shared,
        operationId: 'resendProducts',
        summary: 'Ask the plugin to send products again; the same request again changes nothing',
        params: StoreParams,
        body: ResendBody,
        response: { 202: Resend },
        problems: [404, 409],
        example: { params: { id: 1 }, body: { kind: 'category', category: 'Boots' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id } = request.params
      const wanted = readWanted(request.body)
      const made = await db.inScope(person.scope).transaction(async (tx) => {
        const store = await findStore(tx, person.tenantId, id, 'for no key update')
        if (store.platform !== 'woocommerce') throw noPlugin()
        const productIds = wanted.kind === 'failed' ? await failedProducts(tx, store.tenantId, id) : wanted.productIds
        const { open, isInProgress } = await findOpen(tx, id)
        const values = [store.tenantId, id, wanted.kind, productIds, wanted.category, wanted.since] as const
        if (open && (await isSame(tx, open.id, values))) return open
        if (open && isInProgress) throw underWay()
        if (open) await end(tx, open.id, 'replaced')
        const [row] = await tx.query<ResendRow>(
          `insert into resend_requests as r (tenant_id, store_id, kind, product_ids, category, since)
           values ($1, $2, $3, $4::bigint[], $5, $6::timestamptz) returning ${RESEND_COLUMNS}`,
          values,
        )
        if (!row) throw new Error('the insert of a request returned no row')
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'store.resend_asked',
          target: { kind: 'store', id },
          detail: { kind: wanted.kind, products: productIds.length },
        })
        return row
      })
      reply.code(202)
      return viewResend(made, negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.delete(
    '/api/v1/stores/:id/resend/:request/',
    {
      schema: {
        ...shared,
        operationId: 'cancelResend',
        summary: 'Cancel a request that the plugin has not taken',
        params: ResendParams,
        response: { 204: nothing('The request is cancelled.') },
        problems: [404, 409],
        example: { params: { id: 1, request: 1 } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id, request: requestId } = request.params
      await db.inScope(person.scope).transaction(async (tx) => {
        await findStore(tx, person.tenantId, id)
        const [row] = await tx.query<{ state: string }>(
          'select state from resend_requests where store_id = $1 and id = $2 for update',
          [id, requestId],
        )
        if (!row) throw notFound()
        if (row.state === 'taken') throw underWay()
        if (row.state !== 'asked') return
        await end(tx, requestId, 'cancelled')
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'store.resend_cancelled',
          target: { kind: 'store', id },
        })
      })
      return reply.code(204).send()
    },
  )
}

interface Wanted {
  kind: ResendBody['kind']
  productIds: number[]
  category: string | null
  since: string | null
}

/** @throws {Problem} 400 for a missing field, a field of another kind, or a time in the future */
function readWanted(body: ResendBody): Wanted {
  const issues = [...issuesOf(body)]
  if (issues.length > 0) throw invalidInput(issues)
  return {
    kind: body.kind,
    productIds: [...new Set(body.product_ids ?? [])].sort((a, b) => a - b),
    category: body.category?.trim() ?? null,
    since: body.since ?? null,
  }
}

function* issuesOf(body: ResendBody): Generator<Issue> {
  const needed = Object.entries(FIELD_OF).find(([kind]) => kind === body.kind)?.[1]
  if (needed !== undefined && body[needed] === undefined)
    yield issue(needed, `is required with kind ${body.kind}`, `همراه kind ${body.kind} لازم است`)
  for (const field of FIELDS) {
    if (field !== needed && body[field] !== undefined)
      yield issue(field, `does not belong to kind ${body.kind}`, `به kind ${body.kind} تعلق ندارد`)
  }
  if (body.category?.trim() === '')
    yield issue('category', 'must be the name of a category', 'باید نام یک دسته‌بندی باشد')
  if (body.since !== undefined && !(Date.parse(body.since) <= Date.now()))
    yield issue('since', 'must be a time in the past', 'باید زمانی در گذشته باشد')
}

function issue(path: string, en: string, fa: string): Issue {
  return { path, detail: { en, fa } }
}

async function findStore(
  sql: Pick<Sql, 'query'>,
  tenantId: number | null,
  id: number,
  lock = '',
): Promise<{ tenantId: number; platform: string }> {
  const [store] = await sql.query<{ tenantId: number; platform: string }>(
    `select tenant_id as "tenantId", platform from stores
      where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null ${lock}`,
    [tenantId, id],
  )
  if (!store) throw notFound()
  return store
}

/** Products with an open dead letter of either kind. */
async function failedProducts(tx: Sql, tenantId: number, storeId: number): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    `select id from (
       select e.external_product_id as id from events e where e.tenant_id = $1 and e.store_id = $2 and e.status = 'dead' and e.dismissed_at is null
       union
       select p.external_product_id from knowledge_chunks c join products p on p.id = c.product_id
        where c.tenant_id = $1 and c.store_id = $2 and c.embedding_status = 'refused' and c.dismissed_at is null) failed
      where id is not null order by id limit ${MAX_RESENT_PRODUCTS}`,
    [tenantId, storeId],
  )
  return rows.map(({ id }) => id)
}

async function findOpen(tx: Sql, storeId: number): Promise<{ open: ResendRow | undefined; isInProgress: boolean }> {
  const [row] = await tx.query<ResendRow & { isInProgress: boolean }>(
    `select ${RESEND_COLUMNS}, r.state = 'taken' and r.reported_at > now() - interval '${STALE_HOURS} hours' as "isInProgress"
       from resend_requests r where r.store_id = $1 and r.state in ('asked', 'taken') for update`,
    [storeId],
  )
  if (!row) return { open: undefined, isInProgress: false }
  const { isInProgress, ...open } = row
  return { open, isInProgress }
}

type Values = readonly [number, number, string, number[], string | null, string | null]

async function isSame(tx: Sql, id: number, [tenantId, storeId, ...wanted]: Values): Promise<boolean> {
  const same = await tx.query(
    `select 1 from resend_requests where tenant_id = $1 and store_id = $2 and id = $3 and kind = $4
        and (kind = 'failed' or product_ids = $5::bigint[])
        and category is not distinct from $6::text and since is not distinct from $7::timestamptz`,
    [tenantId, storeId, id, ...wanted],
  )
  return same.length > 0
}

async function end(tx: Sql, id: number, as: 'replaced' | 'cancelled'): Promise<void> {
  await tx.query('update resend_requests set state = $2, ended_at = now() where id = $1', [id, as])
}

function underWay(): Problem {
  return new Problem(409, 'resend_under_way', {
    en: 'The plugin is carrying out an earlier request. Wait until it is done, or two hours without progress.',
    fa: 'افزونه در حال انجام درخواست پیشین است. تا پایان آن، یا تا دو ساعت بدون پیشرفت، صبر کنید.',
  })
}

function noPlugin(): Problem {
  return new Problem(409, 'not_a_woocommerce_store', {
    en: 'Only a WooCommerce store has a plugin that can send products again.',
    fa: 'فقط فروشگاه ووکامرس افزونه‌ای دارد که محصولات را دوباره بفرستد.',
  })
}
