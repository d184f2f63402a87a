import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../platform/database.ts'
import { hashToken, makeToken, previewToken } from './token-format.ts'

/** Any constant will do that no other advisory lock of ours uses. */
const FIRST_START_LOCK = 7_105_112_112

/**
 * On an empty database: the first admin, their tenant, a first store and its token. Returns that token (null at any later
 * start). Of two servers starting at once, one does this.
 */
export async function prepareFirstStart(db: Database, adminEmail: string): Promise<string | null> {
  return await db.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${FIRST_START_LOCK})`)
    if ((await tx.query('select 1 from users limit 1')).length > 0) return null
    const token = makeToken('woocommerce', 'live')
    await tx.query(
      `with admin as (insert into users (email, role) values ($1, 'admin') returning id),
            tenant as (insert into tenants (owner_id) select id from admin returning id),
            store as (insert into stores (tenant_id, platform, name, environment)
                      select id, 'woocommerce', 'My shop', 'live' from tenant returning id, tenant_id)
       insert into integration_tokens (tenant_id, store_id, token_hash, token_preview, integration_type, environment, name)
       select tenant_id, id, $2, $3, 'woocommerce', 'live', 'First token' from store`,
      [adminEmail, hashToken(token), previewToken(token)],
    )
    return token
  })
}

/**
 * Hands the first token to whoever started the server: on a terminal it is shown; otherwise (a log would keep it for
 * ever) it goes to a file that only this user can read, and the path is shown.
 */
export function handOverFirstToken(token: string, dataDir: string, terminal: boolean): string {
  if (terminal) return `Your first store's token (shown only now): ${token}`
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'first-token.txt')
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  return `Your first store's token is in ${file} (readable by you only; delete it once used).`
}
