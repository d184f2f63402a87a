import { type Static, Type } from 'typebox'
import type { Database, Sql } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { type Language, negotiateLanguage } from '../platform/i18n.ts'
import { PLUGIN_COLUMN, type PluginRow, type PluginState, viewPlugin } from '../plugin-api/plugin-report.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Person } from '../tenants/authenticate.ts'
import { tenantFor } from '../tenants/users.ts'
import { deleteStore } from './delete-store.ts'

const name = Type.String({
  minLength: 1,
  maxLength: 200,
  ...localized('a name of 1 to 200 characters', 'نامی با ۱ تا ۲۰۰ نویسه'),
})
const site = Type.String({
  maxLength: 500,
  pattern: '^(https?://\\S+)?$',
  ...localized('an http(s) address', 'یک نشانی http(s)'),
})
const environment = Type.Union(
  [Type.Literal('live'), Type.Literal('test')],
  localized('live or test', 'یکی از live یا test'),
)
const platform = Type.Union(
  [Type.Literal('woocommerce'), Type.Literal('shopify'), Type.Literal('manual')],
  localized('woocommerce, shopify or manual', 'یکی از woocommerce، shopify یا manual'),
)
const userId = Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })

const StoresQuery = Type.Object({ user_id: Type.Optional(userId), ...PageQuery })
const NewStore = Type.Object({
  name,
  platform: Type.Optional(platform),
  environment: Type.Optional(environment),
  site: Type.Optional(site),
  user_id: Type.Optional(userId),
})
const StorePatch = Type.Object({
  name: Type.Optional(name),
  site: Type.Optional(site),
  environment: Type.Optional(environment),
})
const StoreParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

export type NewStoreBody = Static<typeof NewStore>
export type StoreChange = Static<typeof StorePatch>

export interface StoreSummary {
  id: number
  name: string
  platform: 'woocommerce' | 'shopify' | 'manual'
  site: string
  environment: 'live' | 'test'
  created_at: Date
  user: { id: string; email: string }
  /** Products that the shop currently shows. */
  products: number
  /** Last use of a token of the store. */
  last_contact_at: Date | null
  /** null before the plugin's first report. */
  plugin: PluginState | null
}

type StoreRow = Omit<StoreSummary, 'plugin'> & { plugin: PluginRow | null }

const COLUMNS = `s.id, s.name, s.platform, s.site, s.environment, s.created_at,
  json_build_object('id', u.id, 'email', u.email) as "user",
  (select count(*)::int from products p where p.store_id = s.id and p.is_active) as products,
  (select max(t.last_used_at) from integration_tokens t where t.store_id = s.id) as last_contact_at,
  ${PLUGIN_COLUMN}`
const SOURCE = 'stores s join tenants n on n.id = s.tenant_id join users u on u.id = n.owner_id'
const VISIBLE = 's.deleted_at is null and ($1::bigint is null or s.tenant_id = $1)'

/** Stores of a tenant. Deleting one revokes its tokens and hides its products at once; the rows stay. */
export function storeRoutes(app: Http, db: Database, auth: Authenticator): void {
  const tags = ['stores']
  app.get('/api/v1/stores/', { schema: { summary: 'Stores', tags, querystring: StoresQuery } }, async (request) => {
    const person = await auth.person(request)
    const page = await readPage<StoreRow>(
      db.forTenant(person.tenantId),
      {
        columns: COLUMNS,
        from: SOURCE,
        where: [VISIBLE, '($2::uuid is null or u.id = $2::uuid)'],
        values: [person.tenantId, request.query.user_id ?? null],
        sort: { sql: 's.id', type: 'bigint', descending: true },
        id: 's.id',
      },
      request.query,
      request.url,
    )
    const language = negotiateLanguage(request.headers['accept-language'])
    return { ...page, results: page.results.map((store) => viewStore(store, language)) }
  })

  app.post(
    '/api/v1/stores/',
    { schema: { summary: 'Create a store', tags, body: NewStore } },
    async (request, reply) => {
      const person = await auth.person(request)
      const body = request.body
      const store = await db.forTenant(person.tenantId).transaction(async (tx) => {
        const [made] = await tx.query<{ id: number }>(
          `insert into stores (tenant_id, platform, name, environment, site) values ($1, $2, $3, $4, $5) returning id`,
          [
            await tenantFor(tx, person, body.user_id),
            body.platform ?? 'woocommerce',
            body.name,
            body.environment ?? 'live',
            body.site ?? '',
          ],
        )
        if (!made) throw new Error('the insert of a store returned no row')
        const { id } = made
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'store.made',
          target: { kind: 'store', id },
          detail: { name: body.name },
        })
        return viewStore(await findStore(tx, person, id), negotiateLanguage(request.headers['accept-language']))
      })
      reply.code(201)
      return store
    },
  )

  app.patch(
    '/api/v1/stores/:id/',
    { schema: { summary: 'Change a store', tags, params: StoreParams, body: StorePatch } },
    async (request) => {
      const person = await auth.person(request)
      const { id } = request.params
      return await db.forTenant(person.tenantId).transaction(async (tx) => {
        await findStore(tx, person, id)
        const change = request.body
        await tx.query(
          `update stores set name = coalesce($2, name), site = coalesce($3, site), environment = coalesce($4, environment)
            where id = $1`,
          [id, change.name ?? null, change.site ?? null, change.environment ?? null],
        )
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'store.changed',
          target: { kind: 'store', id },
          detail: change,
        })
        return viewStore(await findStore(tx, person, id), negotiateLanguage(request.headers['accept-language']))
      })
    },
  )

  app.delete(
    '/api/v1/stores/:id/',
    {
      schema: {
        summary: 'Delete a store: revokes its tokens and removes its products from all results',
        tags,
        params: StoreParams,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const access = db.forTenant(person.tenantId)
      const { id } = request.params
      await findStore(access, person, id)
      await deleteStore(access, id, (tx) =>
        writeAuditEntry(tx, actorOf(request, person), { action: 'store.deleted', target: { kind: 'store', id } }),
      )
      return reply.code(204).send()
    },
  )
}

function viewStore(store: StoreRow, language: Language): StoreSummary {
  return { ...store, plugin: viewPlugin(store.plugin, language) }
}

async function findStore(sql: Sql, person: Person, id: number): Promise<StoreRow> {
  const [store] = await sql.query<StoreRow>(`select ${COLUMNS} from ${SOURCE} where ${VISIBLE} and s.id = $2`, [
    person.tenantId,
    id,
  ])
  if (!store) throw notFound()
  return store
}
