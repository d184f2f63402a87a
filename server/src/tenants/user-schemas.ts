import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { listOf, PageQuery } from '../platform/http/lists.ts'
import { localized } from '../platform/http/validation.ts'
import { CSV_LANGUAGE } from './csv-exports.ts'
import { MailReport } from './mails/account-mails.ts'
import { ROLES } from './users.ts'

const email = Type.String({
  maxLength: 200,
  pattern: '^[^\\s@]+@[^\\s@]+\\.[A-Za-z]{2,}$',
  ...localized('an e-mail address', 'یک نشانی ایمیل'),
})
const name = Type.String({
  maxLength: 200,
  ...localized('a name of at most 200 characters', 'نامی با حداکثر ۲۰۰ نویسه'),
})
const role = oneOf(ROLES, localized('admin or owner', 'یکی از admin یا owner'))
const password = Type.String({
  minLength: 10,
  maxLength: 200,
  ...localized('a password of 10 to 200 characters', 'گذرواژه‌ای با ۱۰ تا ۲۰۰ نویسه'),
})
const active = Type.Boolean(localized('true or false', 'یکی از true یا false'))

export const UsersQuery = Type.Object({ email: Type.Optional(email), ...PageQuery })

export const UsersExportQuery = Type.Object({ email: Type.Optional(email), ...CSV_LANGUAGE })

export const NewUserBody = bodyComponent(
  'NewUser',
  Type.Object({ email, name: Type.Optional(name), role, password: Type.Optional(password) }),
)
export type NewUserBody = Static<typeof NewUserBody>

export const UserPatchBody = bodyComponent(
  'UserChange',
  Type.Object({
    email: Type.Optional(email),
    name: Type.Optional(name),
    role: Type.Optional(role),
    password: Type.Optional(password),
    is_active: Type.Optional(active),
  }),
)
export type UserPatchBody = Static<typeof UserPatchBody>

export const UserParams = Type.Object({
  id: Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') }),
})

const USER = {
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  name: Type.String(),
  role: oneOf(ROLES),
  is_active: Type.Boolean(),
  has_two_factor: Type.Boolean({ description: 'true: a sign-in needs a code besides the password' }),
  tenant_id: Type.Integer(),
  created_at: time(),
}

export const User = component('User', Type.Object(USER))
export type User = Static<typeof User>
export const UserList = listOf('UserList', User)

/** A user who was created without a password sets one through the link, which is sent by e-mail as well where the server can. */
export const CreatedUser = component(
  'CreatedUser',
  Type.Object({
    ...USER,
    reset_link: Type.Optional(Type.String({ description: 'path of a one-time page' })),
    mail: Type.Optional(MailReport),
  }),
)
export type CreatedUser = Static<typeof CreatedUser>

export const ResetLink = component(
  'ResetLink',
  Type.Object({ reset_link: Type.String({ description: 'path of a one-time page' }), mail: MailReport }),
)
export type ResetLink = Static<typeof ResetLink>

export const SecondFactorReset = component(
  'SecondFactorReset',
  Type.Object({
    was_on: Type.Boolean({ description: 'false: there was nothing to reset' }),
    mail: nullable(MailReport),
  }),
)
export type SecondFactorReset = Static<typeof SecondFactorReset>

/** The authenticated caller. The operator's key is an admin without a name or a tenant. */
export const Me = component(
  'Me',
  Type.Object({
    user_id: nullable(Type.String({ format: 'uuid' })),
    email: nullable(Type.String()),
    name: nullable(Type.String()),
    role: oneOf(ROLES),
    tenant_id: nullable(Type.Integer()),
  }),
)
export type Me = Static<typeof Me>

const currentPassword = Type.String({
  maxLength: 200,
  ...localized('the current password', 'گذرواژهٔ کنونی'),
})

export const AccountChange = bodyComponent(
  'AccountChange',
  Type.Object({
    email: Type.Optional(email),
    name: Type.Optional(name),
    current_password: Type.Optional(currentPassword),
  }),
)
export type AccountChange = Static<typeof AccountChange>
