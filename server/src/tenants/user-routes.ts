import { type Static, Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery, readPage } from '../platform/http/lists.ts'
import { localized } from '../platform/http/validation.ts'
import { writeAuditEntry } from './audit.ts'
import { type Authenticator, actorOf } from './authenticate.ts'
import { hashNewPassword, makeResetLink, storePassword } from './sign-in/sign-in.ts'
import { changeUser, createUser, findUser, type User, userList } from './users.ts'

export const email = Type.String({
  maxLength: 200,
  pattern: '^[^\\s@]+@[^\\s@]+\\.[A-Za-z]{2,}$',
  ...localized('an e-mail address', 'یک نشانی ایمیل'),
})
export const name = Type.String({
  maxLength: 200,
  ...localized('a name of at most 200 characters', 'نامی با حداکثر ۲۰۰ نویسه'),
})
const role = Type.Union(
  [Type.Literal('admin'), Type.Literal('owner')],
  localized('admin or owner', 'یکی از admin یا owner'),
)
const password = Type.String({
  minLength: 10,
  maxLength: 200,
  ...localized('a password of 10 to 200 characters', 'گذرواژه‌ای با ۱۰ تا ۲۰۰ نویسه'),
})
const active = Type.Boolean(localized('true or false', 'یکی از true یا false'))

const UsersQuery = Type.Object({ email: Type.Optional(email), ...PageQuery })
const NewUser = Type.Object({ email, name: Type.Optional(name), role, password: Type.Optional(password) })
const UserPatch = Type.Object({
  email: Type.Optional(email),
  name: Type.Optional(name),
  role: Type.Optional(role),
  password: Type.Optional(password),
  is_active: Type.Optional(active),
})
export type NewUserBody = Static<typeof NewUser>
export type UserPatchBody = Static<typeof UserPatch>
/** A user created without a password sets one through the link. */
export type NewUserAnswer = User & { reset_link?: string }
export interface ResetLink {
  reset_link: string
}

const UserParams = Type.Object({
  id: Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') }),
})

/** Users, for admins. A user created without a password gets a one-time link to set one. */
export function userRoutes(app: Http, db: Database, auth: Authenticator): void {
  const tags = ['users']
  app.get('/api/v1/users/', { schema: { summary: 'Users', tags, querystring: UsersQuery } }, async (request) => {
    await auth.admin(request)
    return await readPage<User>(db.service, userList(request.query.email), request.query, request.url)
  })

  app.post('/api/v1/users/', { schema: { summary: 'Create a user', tags, body: NewUser } }, async (request, reply) => {
    const admin = await auth.admin(request)
    const body = request.body
    const passwordHash = body.password === undefined ? null : await hashNewPassword(body.password)
    const made = await db.service.transaction(async (tx): Promise<NewUserAnswer> => {
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
  })

  app.patch(
    '/api/v1/users/:id/',
    { schema: { summary: 'Change a user', tags, params: UserParams, body: UserPatch } },
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
    { schema: { summary: 'A one-time link with which the user sets a new password', tags, params: UserParams } },
    async (request, reply): Promise<ResetLink> => {
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
