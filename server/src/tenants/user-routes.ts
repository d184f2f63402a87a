import type { FastifyRequest } from 'fastify'
import type { Database } from '../platform/db/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { readPage } from '../platform/http/lists.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import { writeAuditEntry } from './audit.ts'
import { type Authenticator, actorOf } from './authenticate.ts'
import { BY_PERSON } from './credentials.ts'
import { type CsvExports, csvAnswer, type Headings } from './csv-exports.ts'
import type { AccountMails, MailReport } from './mails/account-mails.ts'
import type { AccountMail } from './mails/render-account-mail.ts'
import { resetSecondFactor } from './sign-in/second-factor.ts'
import { hashNewPassword, makeResetLink, storePassword } from './sign-in/sign-in.ts'
import {
  CreatedUser,
  NewUserBody,
  ResetLink,
  SecondFactorReset,
  User,
  UserList,
  UserParams,
  UserPatchBody,
  UsersExportQuery,
  UsersQuery,
} from './user-schemas.ts'
import { changeUser, createUser, findUser, languageOf, userList } from './users.ts'

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

interface Parts {
  db: Database
  auth: Authenticator
  mails: AccountMails
  csv: CsvExports
}

/**
 * Users, for admins. A user created without a password gets a one-time link to set one. Links are in the answer, and are sent to the
 * user as well where the server can send e-mails; an e-mail is sent after the commit.
 */
export function userRoutes(app: Http, { db, auth, mails, csv }: Parts): void {
  const shared = { tags: ['users'], security: BY_PERSON }
  /** Sends an e-mail in the user's language, or else in that of the admin. */
  const send = async (
    request: FastifyRequest,
    user: Pick<User, 'id' | 'email'>,
    mail: AccountMail,
  ): Promise<MailReport> => {
    const reader = negotiateLanguage(request.headers['accept-language'])
    const language = (await languageOf(db.service, user.id)) ?? reader
    return await mails.send(mail, { email: user.email, language }, reader)
  }
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
      if (made.reset_link === undefined) return made
      return { ...made, mail: await send(request, made, { kind: 'invitation', path: made.reset_link }) }
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
      const { user, path } = await db.service.transaction(async (tx) => {
        const user = await findUser(tx, request.params.id)
        if (!user) throw notFound()
        await writeAuditEntry(tx, actorOf(request, admin), {
          action: 'user.reset_link_made',
          target: { kind: 'user', id: user.id },
        })
        return { user, path: await makeResetLink(tx, user.id) }
      })
      reply.code(201)
      return { reset_link: path, mail: await send(request, user, { kind: 'new_password', path }) }
    },
  )

  app.post(
    '/api/v1/users/:id/reset-two-factor/',
    {
      schema: {
        ...shared,
        operationId: 'resetTwoFactor',
        summary: 'Turn off the two-step sign-in of a user who lost the second factor',
        params: UserParams,
        response: { 200: SecondFactorReset },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request): Promise<SecondFactorReset> => {
      const admin = await auth.admin(request)
      const { user, wasOn } = await db.service.transaction(async (tx) => {
        const user = await findUser(tx, request.params.id)
        if (!user) throw notFound()
        const wasOn = await resetSecondFactor(tx, user.id)
        if (wasOn)
          await writeAuditEntry(tx, actorOf(request, admin), {
            action: 'two_factor.reset',
            target: { kind: 'user', id: user.id },
          })
        return { user, wasOn }
      })
      return { was_on: wasOn, mail: wasOn ? await send(request, user, { kind: 'second_factor_reset' }) : null }
    },
  )
}
