import type { Database } from '../platform/db/database.ts'
import { invalidInput, Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { writeAuditEntry } from './audit.ts'
import { type Authenticator, actorOf, type Person } from './authenticate.ts'
import { BY_PERSON } from './credentials.ts'
import type { RequestLimits } from './request-limits.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import { AccountChange, Me } from './user-schemas.ts'
import { changeUser } from './users.ts'

interface Parts {
  db: Database
  signIn: SignIn
  auth: Authenticator
  limits: RequestLimits
}

/** The caller's own account, except the password, which the sign-in library changes (sign-in-routes.ts). */
export function accountRoutes(app: Http, { db, signIn, auth, limits }: Parts): void {
  const shared = { tags: ['users'], security: BY_PERSON }
  app.get(
    '/api/v1/me/',
    { schema: { ...shared, operationId: 'readMe', summary: 'The authenticated user', response: { 200: Me } } },
    async (request) => meOf(await auth.person(request)),
  )

  app.patch(
    '/api/v1/me/',
    {
      schema: {
        ...shared,
        operationId: 'changeMe',
        summary: 'Change your name or e-mail address',
        body: AccountChange,
        response: { 200: Me },
        example: { body: { name: 'Sara Ahmadi' } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const { userId } = person
      if (userId === null) throw noAccount()
      const change = changedFields(person, request.body)
      const target = { kind: 'user', id: userId } as const
      const by = actorOf(request, person)
      const store = async () =>
        await db.service.transaction(async (tx) => {
          const detail = { changed: Object.keys(change) }
          await writeAuditEntry(tx, by, { action: 'account.changed', target, detail })
          return await changeUser(tx, userId, change)
        })
      /** The server sends no confirmation mail to the new address, so the password proves the identity of the caller. */
      const storeWithPassword = async () => {
        const given = request.body.current_password
        if (given === undefined) throw wrongPassword()
        const wasRight = limits.admitPassword(request.ip, person.email)
        try {
          if (!(await signIn.hasPassword(request.headers, given))) {
            await writeAuditEntry(db.service, by, { action: 'account.refused', target })
            throw wrongPassword()
          }
          const user = await store()
          wasRight()
          return user
        } catch (error) {
          // A taken e-mail address counts as a failed attempt, like a wrong password, so that the accounts cannot be enumerated
          // quickly.
          if (!(error instanceof Problem)) wasRight()
          throw error
        }
      }
      if (Object.keys(change).length === 0) return meOf(person)
      return meOf({ ...person, ...(await (change.email === undefined ? store() : storeWithPassword())) })
    },
  )
}

function meOf({ userId, email, name, role, ownTenantId }: Omit<Person, 'tenantId' | 'storeId' | 'environment'>): Me {
  return { user_id: userId, email, name, role, tenant_id: ownTenantId }
}

function changedFields(person: Person, wanted: Pick<AccountChange, 'email' | 'name'>) {
  const isOther = (email: string) => email.toLowerCase() !== person.email
  return {
    ...(wanted.email !== undefined && isOther(wanted.email) && { email: wanted.email }),
    ...(wanted.name !== undefined && wanted.name !== person.name && { name: wanted.name }),
  }
}

function wrongPassword(): Problem {
  return invalidInput([
    { path: 'current_password', detail: { en: 'is not your current password', fa: 'گذرواژهٔ کنونی درست نیست' } },
  ])
}

function noAccount(): Problem {
  return new Problem(403, 'no_account', {
    en: 'ADMIN_API_KEY has no account. Sign in to change your own account.',
    fa: 'کلید مدیر سامانه حساب کاربری ندارد. برای تغییر حساب خود وارد شوید.',
  })
}
