import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { readProfileProgress, reindex } from './profiles.ts'

const ReindexBody = Type.Object({
  store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
})

/** Embedding profiles, their progress, and embedding everything again. */
export function profileRoutes(app: Http, db: Database, auth: Authenticator): void {
  app.get(
    '/api/v1/knowledge/profiles/',
    { schema: { summary: 'Embedding profiles and the progress of a new one', tags: ['knowledge'] } },
    async (request) => {
      const person = await auth.person(request)
      return { results: await readProfileProgress(db.forTenant(person.tenantId), person.tenantId) }
    },
  )

  app.post(
    '/api/v1/knowledge/reindex/',
    { schema: { summary: 'Embed every text again, in the background', tags: ['knowledge'], body: ReindexBody } },
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
