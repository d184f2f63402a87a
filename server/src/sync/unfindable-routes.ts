import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { CSV_LANGUAGE, type CsvExports, csvAnswer, type Headings } from '../tenants/csv-exports.ts'
import { scopeOf } from '../tenants/scope.ts'
import {
  findUnfindable,
  type Row,
  UNFINDABLE_GROUPS,
  type UnfindableGroup,
  UnfindableList,
  unfindableList,
} from './find-unfindable.ts'

const StoreParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })
const GROUP = {
  group: Type.Optional(
    oneOf(
      UNFINDABLE_GROUPS,
      localized(
        'attention, waiting or hidden; without it, attention and waiting',
        'یکی از attention، waiting یا hidden؛ بدون آن attention و waiting',
      ),
    ),
  ),
}
const GroupQuery = Type.Object({ ...PageQuery, ...GROUP })
const ExportQuery = Type.Object({ ...GROUP, ...CSV_LANGUAGE })
const HEADINGS: Headings = [
  ['Product', 'محصول'],
  ['Group', 'گروه'],
  ['Why', 'علت'],
  ['What to do', 'چه باید کرد'],
  ['Since', 'از زمان'],
  ['Reason', 'کد علت'],
  ['Id in the shop', 'شناسه در فروشگاه'],
  ['Product id', 'شناسهٔ محصول'],
  ['Event', 'رویداد'],
]

/** The products of a store that the AI does not find, each with the reason and the next step. */
export function unfindableRoutes(app: Http, db: Database, auth: Authenticator, csv: CsvExports): void {
  const shared = { tags: ['stores'], security: BY_PERSON }
  app.get(
    '/api/v1/stores/:id/unfindable/',
    {
      schema: {
        ...shared,
        operationId: 'listUnfindableProducts',
        summary: 'Products that the AI does not find, with the reason and the next step',
        params: StoreParams,
        querystring: GroupQuery,
        response: { 200: UnfindableList },
        problems: [404],
        example: { params: { id: 1 }, query: { group: 'attention', limit: 20 } },
      },
    },
    async (request) => {
      const scope = await scopeOf(db, await auth.person(request), { store_id: request.params.id })
      const { group } = request.query
      return await findUnfindable(db, scope, groupsOf(group), {
        query: request.query,
        url: request.url,
        language: negotiateLanguage(request.headers['accept-language']),
      })
    },
  )

  app.get(
    '/api/v1/stores/:id/unfindable/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportUnfindableProducts',
        summary: 'Products that the AI does not find, as a CSV file for spreadsheets',
        params: StoreParams,
        querystring: ExportQuery,
        response: { 200: csvAnswer('product') },
        problems: [404],
        example: { params: { id: 1 }, query: { group: 'attention', language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const scope = await scopeOf(db, person, { store_id: request.params.id })
      const { list, view } = await unfindableList(db, scope, groupsOf(request.query.group))
      return await csv.send(request, reply, person, {
        name: 'unfindable_products',
        headings: HEADINGS,
        pages: csv.pagesOf<Row>({ ...person, scope: scope.scope }, list),
        cells: (rows, language) =>
          rows.map((row) => {
            const product = view(row, language)
            return [
              product.name,
              product.group,
              product.why,
              product.advice,
              product.since,
              product.reason,
              product.external_id,
              product.product_id,
              product.event_id,
            ]
          }),
      })
    },
  )
}

/** Without a group: those that the shop shows. */
function groupsOf(group: UnfindableGroup | undefined): UnfindableGroup[] {
  return group ? [group] : ['attention', 'waiting']
}
