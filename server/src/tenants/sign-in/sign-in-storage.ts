import { AsyncLocalStorage } from 'node:async_hooks'
import type { Access, Database, Sql } from '../../platform/db/database.ts'
import { isOutage } from '../../platform/errors.ts'

/**
 * Database access for the sign-in library. Each statement joins the library call that it belongs to, and the transaction of that
 * call.
 */
export interface SignInStorage {
  /** For reading statements. They join the transaction of the call once it has begun. */
  read: Sql
  /** For writing statements. The first one of a call begins its transaction. */
  write: Sql
  /** Runs a call of the library whose statements commit one by one. @throws an outage inside the library */
  alone<T>(work: () => Promise<T>): Promise<T>
  /**
   * Runs a call of the library in one transaction, which begins with its first write: password verification before it takes tens of
   * milliseconds and holds no connection. `audit` runs in the same transaction when the response is a success; the response is
   * returned after the commit. Any other response rolls everything back; with `keepsRefusals` a refusal (400 to 499) keeps the writes of
   * the library, which counts wrong codes in the database.
   * @throws an outage inside the library, or an error of `audit`
   */
  together(work: () => Promise<Response>, audit?: Audit, options?: { keepsRefusals?: boolean }): Promise<Response>
}

/** Writes in the transaction of a call that succeeded with `response`. If it throws, nothing is stored. */
export type Audit = (tx: Sql, response: Response) => Promise<void>

interface Call {
  /** null: each statement commits by itself. */
  transaction: LazyTransaction | null
  /** The library turns every storage error into a 500 without a reason; an outage is kept here for a 503. */
  outage?: unknown
}

export function createSignInStorage(db: Database): SignInStorage {
  const current = new AsyncLocalStorage<Call>()
  const via = (choose: (call: Call | undefined) => Sql | Promise<Sql>): Sql => ({
    query: async (text, values) => {
      const call = current.getStore()
      try {
        return await (await choose(call)).query(text, values)
      } catch (error) {
        if (call && isOutage(error)) call.outage = error
        throw error
      }
    },
  })
  const run = async <T>(call: Call, work: () => Promise<T>): Promise<T> => {
    try {
      const result = await current.run(call, work)
      if (call.outage === undefined) return result
    } catch (error) {
      if (call.outage === undefined) throw error
    }
    throw call.outage
  }
  return {
    read: via((call) => call?.transaction?.begun() ?? db.service),
    write: via((call) => call?.transaction?.begin() ?? db.service),
    alone: (work) => run({ transaction: null }, work),
    together: async (work, audit, { keepsRefusals = false } = {}) => {
      const transaction = lazyTransaction(db.service)
      try {
        const response = await run({ transaction }, work)
        if (!response.ok) {
          if (keepsRefusals && response.status < 500) await transaction.commit()
          else await transaction.rollBack()
          return response
        }
        if (audit) await audit(await transaction.begin(), response)
        await transaction.commit()
        return response
      } catch (error) {
        await transaction.rollBack()
        throw error
      }
    },
  }
}

interface LazyTransaction {
  /** Begins the transaction on the first call. */
  begin(): Promise<Sql>
  /** null: not begun yet. */
  begun(): Promise<Sql> | null
  commit(): Promise<void>
  rollBack(): Promise<void>
}

class RolledBack extends Error {
  override name = 'RolledBack'
}

function lazyTransaction(access: Access): LazyTransaction {
  const decision = Promise.withResolvers<void>()
  // Without this handler, the rejection would be unhandled when the transaction could not begin.
  decision.promise.catch(() => undefined)
  let begun: Promise<Sql> | null = null
  let ended: Promise<void> = Promise.resolve()

  const begin = (): Promise<Sql> => {
    if (begun) return begun
    const opened = Promise.withResolvers<Sql>()
    ended = access.transaction(async (tx) => {
      opened.resolve(tx)
      await decision.promise
    })
    // If the transaction cannot begin, its first statement fails; a later failure fails the commit.
    ended.catch(opened.reject)
    begun = opened.promise
    return begun
  }
  return {
    begin,
    begun: () => begun,
    commit: async () => {
      decision.resolve()
      await ended
    },
    rollBack: async () => {
      // Before the first write there is nothing to undo.
      if (!begun) return
      decision.reject(new RolledBack())
      await ended.catch(() => undefined)
    },
  }
}
