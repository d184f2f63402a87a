import { ConfigError } from '../config.ts'
import { isOutage } from '../errors.ts'
import type { Access } from './database.ts'

/**
 * The role under which statements run. Row-level security (migration 0008) shows `fiko_tenant` the rows of the tenant named in its
 * transaction, and `fiko_service` all rows. The owner bypasses row-level security and is used for the schema and the queue.
 */
export type DatabaseRole = { tenantId: number } | 'service' | 'owner'

const NAMES = ['fiko_tenant', 'fiko_service'] as const

/** SQL that sets the role for the rest of a transaction. A tenant id that is not a whole number sees no rows. */
export function assume(role: DatabaseRole): string {
  if (role === 'owner') return 'set local role none'
  if (role === 'service') return 'set local role fiko_service'
  return `set local role fiko_tenant; set local fiko.tenant_id = '${Math.trunc(role.tenantId)}'`
}

/**
 * Creates the two roles if they are missing and grants them to this installation's user. Roles belong to the whole database server,
 * so another installation may have created them.
 * @throws {ConfigError} with the statements that a database administrator must run
 */
export async function createRoles(owner: Access): Promise<void> {
  for (const name of NAMES) {
    const [role] = await owner.query<{ isUnbound: boolean }>(
      'select rolsuper or rolbypassrls as "isUnbound" from pg_roles where rolname = $1',
      [name],
    )
    if (role?.isUnbound) {
      throw new ConfigError(
        `The database role ${name} bypasses row-level security. Run: alter role ${name} nosuperuser nobypassrls;`,
      )
    }
    if (!role)
      await owner.query(`create role ${name} nologin`).catch((error) => unlessMadeMeanwhile(owner, name, error))
    if (await canAssume(owner, name)) continue
    await owner.query(`grant ${name} to current_user`).catch((error: Error) => {
      throw isOutage(error) ? error : needsAdministrator(name, error)
    })
  }
}

async function unlessMadeMeanwhile(owner: Access, name: string, error: Error): Promise<void> {
  if (isOutage(error)) throw error
  const there = await owner.query('select 1 from pg_roles where rolname = $1', [name])
  if (there.length === 0) throw needsAdministrator(name, error)
}

async function canAssume(owner: Access, name: string): Promise<boolean> {
  return await owner
    .transaction((tx) => tx.query(`set local role ${name}`))
    .then(
      () => true,
      (error: unknown) => {
        if (isOutage(error)) throw error
        return false
      },
    )
}

function needsAdministrator(name: string, error: Error): ConfigError {
  return new ConfigError(
    `The database needs the role ${name}, and this user may not make or take it (${error.message}). As an administrator of the database run: create role ${name} nologin; grant ${name} to the user of DATABASE_URL;`,
  )
}
