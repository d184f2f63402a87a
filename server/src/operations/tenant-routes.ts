import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { invalidInput, notFound, Problem } from '../platform/errors.ts'
import { bodyComponent, download, nothing } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { createLongAnswers } from '../platform/http/long-answers.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Log } from '../platform/log.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Person } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { beginErasing, finishErasing } from './erase-tenant.ts'
import { exportTenant } from './export-tenant.ts'

const TenantParams = Type.Object({ id: idSchema(localized('the id of a tenant', 'شناسهٔ یک کسب‌وکار')) })
const EraseBody = bodyComponent(
  'TenantErasure',
  Type.Object({
    confirm: Type.String({
      maxLength: 200,
      ...localized('the e-mail address of the tenant’s owner', 'ایمیل مالک'),
    }),
  }),
)

interface Tenant {
  email: string
  role: 'admin' | 'owner'
}

/** The data rights of a tenant: export and erasure. */
export function tenantRoutes(app: Http, { db, auth, log }: { db: Database; auth: Authenticator; log: Log }): void {
  const shared = { tags: ['tenants'], security: BY_PERSON }
  const sendLong = createLongAnswers(app, log)

  app.get(
    '/api/v1/tenants/:id/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportTenant',
        summary: 'Export all data of a tenant as NDJSON',
        params: TenantParams,
        response: {
          200: download('application/x-ndjson', 'One {"kind","row"} a line; the last line has the kind end.'),
        },
        problems: [404],
        example: { params: { id: 2 } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id } = request.params
      await findTenant(db, person, id)
      await writeAuditEntry(db.inScope(person.scope), actorOf(request, person), {
        action: 'tenant.exported',
        target: { kind: 'tenant', id },
      })
      const lines = Readable.from(exportTenant(db.inBackground(), id), { objectMode: false })
      reply.type('application/x-ndjson').header('content-disposition', `attachment; filename="tenant-${id}.ndjson"`)
      return sendLong(reply, lines, 'export', { tenantId: id })
    },
  )

  app.delete(
    '/api/v1/tenants/:id/',
    {
      schema: {
        ...shared,
        operationId: 'eraseTenant',
        summary: 'Erase a tenant with all its rows and its user; irreversible, can be repeated',
        params: TenantParams,
        body: EraseBody,
        response: { 204: nothing('All rows of the tenant are deleted.') },
        problems: [404, 409],
        example: { params: { id: 2 }, body: { confirm: 'sara@example.com' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id } = request.params
      const tenant = await findTenant(db, person, id)
      if (request.body.confirm.trim().toLowerCase() !== tenant.email) throw notConfirmed()
      if (tenant.role === 'admin') throw isAdmin()
      const by = actorOf(request, person)
      await beginErasing(db, id, by)
      log.info({ tenantId: id }, 'tenant.erasing')
      await finishErasing(db, id, by.kind)
      log.info({ tenantId: id }, 'tenant.erased')
      return reply.code(204).send()
    },
  )
}

async function findTenant(db: Database, person: Person, id: number): Promise<Tenant> {
  const [tenant] = await db.inScope(person.scope).query<Tenant>(
    `select u.email, u.role
       from tenants n join users u on u.id = n.owner_id where ($1::bigint is null or n.id = $1) and n.id = $2`,
    [person.tenantId, id],
  )
  if (!tenant) throw notFound()
  return tenant
}

function notConfirmed(): Problem {
  return invalidInput([
    {
      path: 'confirm',
      detail: {
        en: 'must be the e-mail address of the tenant’s owner; nothing was erased',
        fa: 'باید ایمیل مالک باشد: چیزی پاک نشد',
      },
    },
  ])
}

function isAdmin(): Problem {
  return new Problem(409, 'is_an_admin', {
    en: 'This tenant belongs to an admin. Change the role of its user to owner, then erase it.',
    fa: 'این کسب‌وکار به یک مدیر تعلق دارد. نخست نقش او را به مالک تغییر دهید.',
  })
}
