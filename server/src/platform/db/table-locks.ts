import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from './database.ts'

/** Below PostgreSQL's deadlock_timeout of 1 s, so that in a deadlock this transaction gives way. */
const LOCK_TIMEOUT_MS = 300
const MAX_ATTEMPTS = 200
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Limits every following lock wait of this transaction. A transaction that waits for a whole table blocks all later ones: behind
 * one long read nothing more could be received. Use it within `retryOnLockTimeout`.
 */
export async function setShortLockTimeout(tx: Sql): Promise<void> {
  await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'`)
}

/** Removes the limit of `setShortLockTimeout` after the locks are taken. */
export async function clearLockTimeout(tx: Sql): Promise<void> {
  await tx.query('set local lock_timeout = 0')
}

/** Runs work that locks whole tables. Retries it for about a minute while the locks are not available. */
export async function retryOnLockTimeout<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || tries === MAX_ATTEMPTS) throw error
      await delay(50 + Math.random() * 250)
    }
  }
}
