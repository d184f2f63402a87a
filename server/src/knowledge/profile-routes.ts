import { type Static, Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { bodyComponent, component } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { ProfileProgress, readProfileProgress, reindex } from './profiles.ts'

const ReindexBody = bodyComponent(
  'Reindex',
  Type.Object({ store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))) }),
)

const Profiles = component('EmbeddingProfiles', Type.Object({ results: Type.Array(ProfileProgress) }))
export type Profiles = Static<typeof Profiles>
const Reindexed = component(
  'Reindexed',
  Type.Object({ texts: Type.Integer({ description: 'texts that are embedded again' }) }),
)
export type Reindexed = Static<typeof Reindexed>

/** Embedding profiles, their progress, and embedding everything again. */
export function profileRoutes(app: Http, db: Database, auth: Authenticator): void {
  const shared = { tags: ['knowledge'], security: BY_PERSON }
  app.get(
    '/api/v1/knowledge/profiles/',
    {
      schema: {
        ...shared,
        operationId: 'listProfiles',
        summary: 'Embedding profiles and the progress of a new one',
        response: { 200: Profiles },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      return { results: await readProfileProgress(db.inScope(person.scope), person.tenantId) }
    },
  )

  app.post(
    '/api/v1/knowledge/reindex/',
    {
      schema: {
        ...shared,
        operationId: 'reindex',
        summary: 'Embed every text again, in the background',
        body: ReindexBody,
        response: { 202: Reindexed },
        example: { body: { store_id: 1 } },
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      const storeId = request.body.store_id ?? null
      const texts = await reindex(db, storeId)
      await writeAuditEntry(db.service, actorOf(request, admin), {
        action: 'knowledge.reindexed',
        ...(storeId !== null && { target: { kind: 'store', id: storeId } }),
        detail: { texts },
      })
      reply.code(202)
      return { texts }
    },
  )
}
