import type { FastifyRequest } from 'fastify'
import type { Access, Database, Sql } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { nothing } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { type List, readPage } from '../platform/http/lists.ts'
import { type Language, negotiateLanguage } from '../platform/i18n.ts'
import { PLUGIN_COLUMN, type PluginRow, viewPlugin } from '../plugin-api/plugin-report.ts'
import { readSync } from '../sync/read-sync.ts'
import { type Actor, writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Person } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { type CsvExports, csvAnswer, type Headings } from '../tenants/csv-exports.ts'
import { tenantFor } from '../tenants/users.ts'
import { deleteStore } from './delete-store.ts'
import {
  NewStoreBody,
  Store,
  StoreChange,
  StoreList,
  StoreParams,
  StoresExportQuery,
  StoresQuery,
} from './store-schemas.ts'

type StoreRow = Omit<Store, 'plugin' | 'sync' | 'products' | 'last_contact_at'> & { plugin: PluginRow | null }

const COLUMNS = `s.id, s.name, s.platform, s.site, s.environment, s.created_at,
  json_build_object('id', u.id, 'email', u.email) as "user",
  ${PLUGIN_COLUMN}`
const SOURCE = 'stores s join tenants n on n.id = s.tenant_id join users u on u.id = n.owner_id'
const EXAMPLE_ID = { params: { id: 1 } }
const VISIBLE = 's.deleted_at is null and ($1::bigint is null or s.tenant_id = $1)'

function storeList({ tenantId }: Person, userId: string | undefined): List {
  return {
    columns: COLUMNS,
    from: SOURCE,
    where: [VISIBLE, '($2::uuid is null or u.id = $2::uuid)'],
    values: [tenantId, userId ?? null],
    sort: { sql: 's.id', type: 'bigint', descending: true },
    id: 's.id',
  }
}

const HEADINGS: Headings = [
  ['Name', 'نام'],
  ['Platform', 'سکو'],
  ['Site', 'سایت'],
  ['Environment', 'محیط'],
  ['User', 'کاربر'],
  ['State', 'وضعیت'],
  ['In words', 'به زبان ساده'],
  ['Products', 'محصولات'],
  ['Last contact', 'آخرین تماس'],
  ['Plugin', 'افزونه'],
  ['Created', 'زمان ساختن'],
  ['Id', 'شناسه'],
]

/** Stores of a tenant. Deleting one revokes its tokens and hides its products at once; the rows stay. */
export function storeRoutes(app: Http, db: Database, auth: Authenticator, csv: CsvExports): void {
  const shared = { tags: ['stores'], security: BY_PERSON }
  app.get(
    '/api/v1/stores/',
    {
      schema: {
        ...shared,
        operationId: 'listStores',
        summary: 'Stores',
        querystring: StoresQuery,
        response: { 200: StoreList },
        example: { query: { limit: 20 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const page = await readPage<StoreRow>(
        db.inScope(person.scope),
        storeList(person, request.query.user_id),
        request.query,
        request.url,
      )
      return { ...page, results: await viewStores(db, person, languageOf(request), page.results) }
    },
  )

  app.get(
    '/api/v1/stores/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportStores',
        summary: 'Stores with their state as a CSV file for spreadsheets',
        querystring: StoresExportQuery,
        response: { 200: csvAnswer('store') },
        example: { query: { language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      return await csv.send(request, reply, person, {
        name: 'stores',
        headings: HEADINGS,
        pages: csv.pagesOf<StoreRow>(person, storeList(person, request.query.user_id)),
        cells: async (rows, language) =>
          (await viewStores(db, person, language, rows)).map((store) => [
            store.name,
            store.platform,
            store.site,
            store.environment,
            store.user.email,
            store.sync.state,
            store.sync.sentence,
            store.products,
            store.last_contact_at,
            store.plugin?.version ?? null,
            store.created_at,
            store.id,
          ]),
      })
    },
  )

  app.post(
    '/api/v1/stores/',
    {
      schema: {
        ...shared,
        operationId: 'createStore',
        summary: 'Create a store',
        body: NewStoreBody,
        response: { 201: Store },
        example: { body: { name: 'Boots & more', site: 'https://boots.example' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const made = await makeStore(db.inScope(person.scope), person, request.body, actorOf(request, person))
      reply.code(201)
      return await viewStore(db, person, request, made)
    },
  )

  app.get(
    '/api/v1/stores/:id/',
    {
      schema: {
        ...shared,
        operationId: 'readStore',
        summary: 'One store with its state',
        params: StoreParams,
        response: { 200: Store },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request) => {
      const person = await auth.person(request)
      return await viewStore(db, person, request, await findStore(db.inScope(person.scope), person, request.params.id))
    },
  )

  app.patch(
    '/api/v1/stores/:id/',
    {
      schema: {
        ...shared,
        operationId: 'changeStore',
        summary: 'Change a store',
        params: StoreParams,
        body: StoreChange,
        response: { 200: Store },
        problems: [404],
        example: { ...EXAMPLE_ID, body: { name: 'Boots, hats & more' } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const { id } = request.params
      const changed = await db.inScope(person.scope).transaction(async (tx) => {
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
        return await findStore(tx, person, id)
      })
      return await viewStore(db, person, request, changed)
    },
  )

  app.delete(
    '/api/v1/stores/:id/',
    {
      schema: {
        ...shared,
        operationId: 'deleteStore',
        summary: 'Delete a store: revokes its tokens and removes its products from all results',
        params: StoreParams,
        response: { 204: nothing('The store is deleted.') },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const access = db.inScope(person.scope)
      const { id } = request.params
      await findStore(access, person, id)
      await deleteStore(access, id, (tx) =>
        writeAuditEntry(tx, actorOf(request, person), { action: 'store.deleted', target: { kind: 'store', id } }),
      )
      return reply.code(204).send()
    },
  )
}

async function makeStore(access: Access, person: Person, body: NewStoreBody, by: Actor): Promise<StoreRow> {
  return await access.transaction(async (tx) => {
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
    await writeAuditEntry(tx, by, {
      action: 'store.made',
      target: { kind: 'store', id },
      detail: { name: body.name },
    })
    return await findStore(tx, person, id)
  })
}

/** Stores with their states. A store that is deleted at this moment is left out. */
async function viewStores(db: Database, person: Person, language: Language, stores: StoreRow[]): Promise<Store[]> {
  const { scope, tenantId } = person
  const of = { sql: db.inScope(scope), tenantId, storeId: null }
  const states = await readSync(
    db,
    of,
    language,
    stores.map(({ id }) => id),
  )
  return stores.flatMap((store) => {
    const found = states.get(store.id)
    if (!found) return []
    const { sync, lastContactAt } = found
    const plugin = viewPlugin(store.plugin, language)
    return [{ ...store, products: sync.products, last_contact_at: lastContactAt, plugin, sync }]
  })
}

/** @throws {Problem} 404 when the store was deleted meanwhile */
async function viewStore(db: Database, person: Person, request: FastifyRequest, store: StoreRow): Promise<Store> {
  const [viewed] = await viewStores(db, person, languageOf(request), [store])
  if (!viewed) throw notFound()
  return viewed
}

async function findStore(sql: Sql, person: Person, id: number): Promise<StoreRow> {
  const [store] = await sql.query<StoreRow>(`select ${COLUMNS} from ${SOURCE} where ${VISIBLE} and s.id = $2`, [
    person.tenantId,
    id,
  ])
  if (!store) throw notFound()
  return store
}

function languageOf(request: FastifyRequest): Language {
  return negotiateLanguage(request.headers['accept-language'])
}
