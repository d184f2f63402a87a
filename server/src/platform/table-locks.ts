import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from './database.ts'

/** Under PostgreSQL's deadlock_timeout of 1 s: of a circle of waiting it is always ours that gives way. */
const LOCK_TIMEOUT_MS = 300
const MAX_ATTEMPTS = 200
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Lets this transaction wait only shortly for each of its locks, from here on. Everybody else waits behind whoever waits for a whole
 * table: behind one long reading nothing more could be received. For work under `retryOnLockTimeout`.
 */
export async function setShortLockTimeout(tx: Sql): Promise<void> {
  await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'`)
}

/** Ends `setShortLockTimeout`: what was to be locked is. */
export async function clearLockTimeout(tx: Sql): Promise<void> {
  await tx.query('set local lock_timeout = 0')
}

/** Does work that takes whole tables, begun again for about a minute while a lock is not to be had between what others do. */
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
