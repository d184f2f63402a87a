import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from './database.ts'

/** Under PostgreSQL's deadlock_timeout of 1 s: of a circle of waiting it is always ours that gives way. */
const PATIENCE_MS = 300
const TRIES = 200
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Lets this transaction wait only shortly for each of its locks, from here on. Everybody else waits behind whoever waits for a whole
 * table: behind one long reading nothing more could be received. For work under `betweenOthers`.
 */
export async function waitShortly(tx: Sql): Promise<void> {
  await tx.query(`set local lock_timeout = '${PATIENCE_MS}ms'`)
}

/** Ends `waitShortly`: what was to be locked is. */
export async function waitLong(tx: Sql): Promise<void> {
  await tx.query('set local lock_timeout = 0')
}

/** Does work that takes whole tables, begun again for about a minute while a lock is not to be had between what others do. */
export async function betweenOthers<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || tries === TRIES) throw error
      await delay(50 + Math.random() * 250)
    }
  }
}
