import type { Database } from '../platform/db/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { readPage } from '../platform/http/lists.ts'
import { writeAuditEntry } from './audit.ts'
import { type Authenticator, actorOf } from './authenticate.ts'
import { BY_PERSON } from './credentials.ts'
import { type CsvExports, csvAnswer, type Headings } from './csv-exports.ts'
import { hashNewPassword, makeResetLink, storePassword } from './sign-in/sign-in.ts'
import {
  CreatedUser,
  NewUserBody,
  ResetLink,
  User,
  UserList,
  UserParams,
  UserPatchBody,
  UsersExportQuery,
  UsersQuery,
} from './user-schemas.ts'
import { changeUser, createUser, findUser, userList } from './users.ts'

const HEADINGS: Headings = [
  ['E-mail', 'ایمیل'],
  ['Name', 'نام'],
  ['Role', 'نقش'],
  ['Active', 'فعال'],
  ['Created', 'زمان ساختن'],
  ['Tenant id', 'شناسهٔ کسب‌وکار'],
  ['Id', 'شناسه'],
]

const EXAMPLE_ID = { params: { id: '0b6f3a52-7c1d-4e57-9a40-2f8f6f1f3c11' } }

/** Users, for admins. A user created without a password gets a one-time link to set one. */
export function userRoutes(app: Http, db: Database, auth: Authenticator, csv: CsvExports): void {
  const shared = { tags: ['users'], security: BY_PERSON }
  app.get(
    '/api/v1/users/',
    {
      schema: {
        ...shared,
        operationId: 'listUsers',
        summary: 'Users',
        querystring: UsersQuery,
        response: { 200: UserList },
        example: { query: { limit: 20 } },
      },
    },
    async (request) => {
      await auth.admin(request)
      return await readPage<User>(db.service, userList(request.query.email), request.query, request.url)
    },
  )

  app.get(
    '/api/v1/users/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportUsers',
        summary: 'Users as a CSV file for spreadsheets',
        querystring: UsersExportQuery,
        response: { 200: csvAnswer('user') },
        example: { query: { language: 'en' } },
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      return await csv.send(request, reply, admin, {
        name: 'users',
        headings: HEADINGS,
        pages: csv.pagesOf<User>(admin, userList(request.query.email)),
        cells: (rows) =>
          rows.map((user) => [
            user.email,
            user.name,
            user.role,
            user.is_active,
            user.created_at,
            user.tenant_id,
            user.id,
          ]),
      })
    },
  )

  app.post(
    '/api/v1/users/',
    {
      schema: {
        ...shared,
        operationId: 'createUser',
        summary: 'Create a user',
        body: NewUserBody,
        response: { 201: CreatedUser },
        example: { body: { email: 'reza@example.com', name: 'Reza', role: 'owner' } },
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      const body = request.body
      const passwordHash = body.password === undefined ? null : await hashNewPassword(body.password)
      const made = await db.service.transaction(async (tx): Promise<CreatedUser> => {
        const user = await createUser(tx, { email: body.email, name: body.name ?? '', role: body.role })
        await writeAuditEntry(tx, actorOf(request, admin), {
          action: 'user.made',
          target: { kind: 'user', id: user.id },
          detail: { role: user.role },
        })
        if (passwordHash !== null) {
          await storePassword(tx, user.id, passwordHash)
          return user
        }
        return { ...user, reset_link: await makeResetLink(tx, user.id) }
      })
      reply.code(201)
      return made
    },
  )

  app.patch(
    '/api/v1/users/:id/',
    {
      schema: {
        ...shared,
        operationId: 'changeUser',
        summary: 'Change a user',
        params: UserParams,
        body: UserPatchBody,
        response: { 200: User },
        problems: [404, 409],
        example: { ...EXAMPLE_ID, body: { name: 'Sara Ahmadi' } },
      },
    },
    async (request) => {
      const admin = await auth.admin(request)
      const { password: newPassword, ...change } = request.body
      if (request.params.id === admin.userId && (change.is_active === false || change.role === 'owner')) {
        throw new Problem(409, 'own_account', {
          en: 'You cannot remove your own admin rights. Ask another admin to do it.',
          fa: 'نمی‌توانید دسترسی خودتان را بگیرید؛ مدیر دیگری می‌تواند.',
        })
      }
      const passwordHash = newPassword === undefined ? null : await hashNewPassword(newPassword)
      return await db.service.transaction(async (tx) => {
        const user = await changeUser(tx, request.params.id, change)
        if (!user) throw notFound()
        if (passwordHash !== null) await storePassword(tx, user.id, passwordHash)
        const { role, is_active: active } = change
        await writeAuditEntry(tx, actorOf(request, admin), {
          action: 'user.changed',
          target: { kind: 'user', id: user.id },
          detail: {
            changed: Object.keys(request.body),
            ...(role !== undefined && { role }),
            ...(active !== undefined && { is_active: active }),
          },
        })
        return user
      })
    },
  )

  app.post(
    '/api/v1/users/:id/reset-link/',
    {
      schema: {
        ...shared,
        operationId: 'createResetLink',
        summary: 'A one-time link with which the user sets a new password',
        params: UserParams,
        response: { 201: ResetLink },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      const link = await db.service.transaction(async (tx) => {
        const user = await findUser(tx, request.params.id)
        if (!user) throw notFound()
        await writeAuditEntry(tx, actorOf(request, admin), {
          action: 'user.reset_link_made',
          target: { kind: 'user', id: user.id },
        })
        return await makeResetLink(tx, user.id)
      })
      reply.code(201)
      return { reset_link: link }
    },
  )
}
