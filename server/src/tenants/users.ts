import type { Sql } from '../platform/db/database.ts'
import { invalidInput, type Problem } from '../platform/errors.ts'
import type { List } from '../platform/http/lists.ts'
import type { Language } from '../platform/i18n.ts'
import type { User } from './user-schemas.ts'

export const ROLES = ['admin', 'owner'] as const
export type Role = (typeof ROLES)[number]

const COLUMNS =
  'u.id, u.email, u.name, u.role, u.is_active, u.two_factor_enabled as has_two_factor, n.id as tenant_id, u.created_at'
const SOURCE = 'users u join tenants n on n.owner_id = u.id'
const USER = `select ${COLUMNS} from ${SOURCE}`

/** The list of users, newest first, for `readPage`; `email` filters by e-mail address. */
export function userList(email: string | undefined): List {
  return {
    columns: COLUMNS,
    from: SOURCE,
    where: ['($1::text is null or u.email = lower($1))'],
    values: [email ?? null],
    // Every user has one tenant, created with the user.
    sort: { sql: 'n.id', type: 'bigint', descending: true },
    id: 'n.id',
  }
}

/** The user with this id or e-mail address, or null. */
export async function findUser(sql: Sql, idOrEmail: string): Promise<User | null> {
  const byId = /^[0-9a-f-]{36}$/i.test(idOrEmail)
  const [user] = await sql.query<User>(`${USER} where ${byId ? 'u.id = $1::uuid' : 'u.email = lower($1)'}`, [idOrEmail])
  return user ?? null
}

/** The language of the user's last sign-in, or null. */
export async function languageOf(sql: Sql, userId: string): Promise<Language | null> {
  const [user] = await sql.query<{ language: Language | null }>('select language from users where id = $1::uuid', [
    userId,
  ])
  return user?.language ?? null
}

/** Creates a user and their tenant. @throws {Problem} when the e-mail address is taken */
export async function createUser(tx: Sql, wanted: { email: string; name: string; role: Role }): Promise<User> {
  const [made] = await tx.query<{ id: string }>(
    `insert into users (email, name, role) values (lower($1), $2, $3) on conflict (email) do nothing returning id`,
    [wanted.email, wanted.name, wanted.role],
  )
  if (!made) throw emailTaken()
  await tx.query('insert into tenants (owner_id) values ($1)', [made.id])
  const user = await findUser(tx, made.id)
  if (!user) throw new Error('a new user was not found')
  return user
}

export interface UserChange {
  email?: string | undefined
  name?: string | undefined
  role?: Role | undefined
  is_active?: boolean | undefined
}

/**
 * Changes a user. Deactivation or a new role ends the user's sessions. Returns null when the user does not exist.
 * @throws {Problem} when the e-mail address is taken
 */
export async function changeUser(tx: Sql, id: string, change: UserChange): Promise<User | null> {
  const [changed] = await tx
    .query<{ id: string }>(
      `update users set email = coalesce(lower($2), email), name = coalesce($3, name), role = coalesce($4, role),
                        is_active = coalesce($5, is_active), updated_at = now()
        where id = $1::uuid returning id`,
      [id, change.email ?? null, change.name ?? null, change.role ?? null, change.is_active ?? null],
    )
    .catch((error: unknown) => {
      // The e-mail address is the only unique column that can change.
      throw (error as { code?: string }).code === UNIQUE_VIOLATION ? emailTaken() : error
    })
  if (!changed) return null
  if (change.role !== undefined || change.is_active === false)
    await tx.query('delete from sessions where user_id = $1::uuid', [id])
  return await findUser(tx, id)
}

const UNIQUE_VIOLATION = '23505'

function emailTaken(): Problem {
  return invalidInput([{ path: 'email', detail: { en: 'is taken by another user', fa: 'به کاربر دیگری تعلق دارد' } }])
}

/**
 * The tenant of a new object: the caller's own; for an admin, the tenant of the given user; for the operator's key, that of the
 * first admin.
 */
export async function tenantFor(
  sql: Sql,
  person: { tenantId: number | null; ownTenantId: number | null },
  user: string | undefined,
): Promise<number> {
  if (user === undefined && person.ownTenantId !== null) return person.ownTenantId
  const [tenant] = await sql.query<{ id: number }>(
    user === undefined
      ? `select n.id from tenants n join users u on u.id = n.owner_id where u.role = 'admin' order by n.id limit 1`
      : 'select n.id from tenants n where n.owner_id = $1::uuid and ($2::bigint is null or n.id = $2)',
    user === undefined ? [] : [user, person.tenantId],
  )
  if (tenant) return tenant.id
  throw invalidInput([
    { path: 'user_id', detail: { en: 'there is no user with this id', fa: 'چنین کاربری وجود ندارد' } },
  ])
}
