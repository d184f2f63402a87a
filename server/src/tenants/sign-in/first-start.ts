import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../platform/db/database.ts'
import { hashToken, makeToken, previewToken } from '../tokens/token-format.ts'
import { createUser } from '../users.ts'
import { hashNewPassword, storePassword } from './sign-in.ts'

/** An arbitrary constant that no other advisory lock uses. */
const FIRST_START_LOCK = 7_105_112_112

/** Secrets of a first start, shown once. */
export interface FirstStart {
  token: string
  /** null when the settings contain the password. */
  generatedPassword: string | null
}

/**
 * On an empty database, creates the first admin, their tenant, a first store and its token. Returns null at any later start. When
 * two servers start at once, one does this.
 */
export async function prepareFirstStart(
  db: Database,
  admin: { email: string; password: string | null },
): Promise<FirstStart | null> {
  return await db.service.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${FIRST_START_LOCK})`)
    if ((await tx.query('select 1 from users limit 1')).length > 0) return null
    const password = admin.password ?? randomBytes(15).toString('base64url')
    const user = await createUser(tx, { email: admin.email, name: '', role: 'admin' })
    await storePassword(tx, user.id, await hashNewPassword(password))
    const token = makeToken('woocommerce', 'live')
    await tx.query(
      `with store as (insert into stores (tenant_id, platform, name, environment)
                      values ($1, 'woocommerce', 'My shop', 'live') returning id, tenant_id)
       insert into integration_tokens (tenant_id, store_id, token_hash, token_preview, integration_type, environment, name)
       select tenant_id, id, $2, $3, 'woocommerce', 'live', 'First token' from store`,
      [user.tenant_id, hashToken(token), previewToken(token)],
    )
    return { token, generatedPassword: admin.password === null ? password : null }
  })
}

/**
 * Shows the first secrets on a terminal. Without a terminal, where a log would keep them, they are written to files with mode 0600
 * and the paths are shown.
 */
export function handOverFirstSecrets(first: FirstStart, email: string, dataDir: string, terminal: boolean): string[] {
  const lines: string[] = []
  if (first.generatedPassword !== null) {
    const secret = `${email} ${first.generatedPassword}`
    lines.push(
      terminal
        ? `First admin (shown only now): ${secret}`
        : `First admin's e-mail and password are in ${keepSecret(dataDir, 'first-admin.txt', secret)}`,
    )
  }
  lines.push(
    terminal
      ? `Your first store's token (shown only now): ${first.token}`
      : `Your first store's token is in ${keepSecret(dataDir, 'first-token.txt', first.token)}`,
  )
  return lines
}

function keepSecret(dataDir: string, name: string, secret: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, name)
  writeFileSync(file, `${secret}\n`, { mode: 0o600 })
  return `${file} (readable by you only; delete it once used).`
}
