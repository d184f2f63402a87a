import { type Static, Type } from 'typebox'
import { EMBED_STAGE } from '../knowledge/chunks/chunk-products.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { listOf, PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON, StoreReference } from '../tenants/credentials.ts'
import { ScopeQuery } from '../tenants/scope.ts'
import { withReasonIn } from './event-view.ts'

/** Failed work without further retries. */
const DeadLetter = component(
  'DeadLetter',
  Type.Object({
    kind: oneOf(['event', 'embedding']),
    id: Type.Integer(),
    reason: Type.String({ description: 'a sentence for the owner of the shop' }),
    failed_at: time(),
    event_id: nullable(Type.String({ description: 'set for an event' })),
    external_id: Type.String(),
    text: nullable(Type.String({ description: 'set for a refused text' })),
    product: nullable(Type.Object({ id: Type.Integer(), name: Type.String() })),
    store: StoreReference,
  }),
)
export type DeadLetter = Static<typeof DeadLetter>
const DeadLetterList = listOf('DeadLetterList', DeadLetter)

const ReplayedText = component('ReplayedText', Type.Object({ id: Type.Integer(), status: oneOf(['pending']) }))

const DeadLettersQuery = Type.Object({ ...PageQuery, ...ScopeQuery })
const ChunkParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

/** Dead letters with their reasons: events that failed on every retry, and texts that the provider refused. */
export function deadLetterRoutes(
  app: Http,
  { db, queue, auth }: { db: Database; queue: Queue; auth: Authenticator },
): void {
  app.get(
    '/api/v1/dead-letters/',
    {
      schema: {
        operationId: 'listDeadLetters',
        summary: 'Dead letters of both kinds, newest first',
        tags: ['events'],
        security: BY_PERSON,
        querystring: DeadLettersQuery,
        response: { 200: DeadLetterList },
        example: { query: { store_id: 1, limit: 20 } },
      },
    },
    async (request) => {
      const reader = await auth.person(request)
      const { user_id: userId = null, store_id: storeId = null } = request.query
      const values: SqlValue[] = [reader.tenantId, userId, storeId]
      const own = (of: string) => `($1::bigint is null or ${of}.tenant_id = $1)
        and ($2::uuid is null or ${of}.tenant_id = (select id from tenants where owner_id = $2::uuid))
        and ($3::bigint is null or ${of}.store_id = $3)`
      const page = await readPage<DeadLetter>(
        db.inScope(reader.scope),
        {
          columns: `d.kind, d.id, d.reason, d.failed_at, d.event_id, d.external_id, d.text,
                    (select json_build_object('id', p.id, 'name', p.name) from products p
                      where p.store_id = d.store_id and p.external_id = (select d.external_id)) as product,
                    json_build_object('id', s.id, 'name', s.name) as store`,
          from: `(select 'event' as kind, e.id, e.store_id, e.error as reason, e.processed_at as failed_at, e.event_id,
                         'woo_' || e.external_product_id as external_id, null as text
                    from events e where e.status = 'dead' and ${own('e')}
                   union all
                  select 'embedding', c.id, c.store_id, c.embedding_error, c.updated_at, null, coalesce(p.external_id, 'page_' || n.external_id),
                         c.text
                    from knowledge_chunks c left join products p on p.id = c.product_id
                    left join documents n on n.id = c.document_id
                   where c.embedding_status = 'refused' and ${own('c')}) d
                 join stores s on s.id = d.store_id`,
          where: ['true'],
          values,
          sort: { sql: 'd.failed_at', type: 'timestamptz', descending: true },
          id: 'd.id',
        },
        request.query,
        request.url,
      )
      const language = negotiateLanguage(request.headers['accept-language'])
      return { ...page, results: page.results.map((letter) => withReasonIn(language, 'reason', letter)) }
    },
  )

  app.post(
    '/api/v1/dead-letters/embedding/:id/replay/',
    {
      schema: {
        operationId: 'replayText',
        summary: 'Replay a refused text',
        tags: ['events'],
        security: BY_PERSON,
        params: ChunkParams,
        response: { 202: ReplayedText },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request, reply) => {
      const reader = await auth.person(request)
      await db.inScope(reader.scope).transaction(async (tx) => {
        const rows = await tx.query(
          `update knowledge_chunks set embedding_status = 'pending', embedding_error = null, leased_until = null
            where id = $1 and embedding_status = 'refused' and ($2::bigint is null or tenant_id = $2) returning id`,
          [request.params.id, reader.tenantId],
        )
        if (rows.length === 0) throw notFound()
        await queue.wake(tx, EMBED_STAGE)
        await writeAuditEntry(tx, actorOf(request, reader), {
          action: 'text.replayed',
          target: { kind: 'text', id: request.params.id },
        })
      })
      reply.code(202)
      return { id: request.params.id, status: 'pending' as const }
    },
  )
}
