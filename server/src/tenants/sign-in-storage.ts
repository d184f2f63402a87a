import { AsyncLocalStorage } from 'node:async_hooks'
import type { Access, Database, Sql } from '../platform/database.ts'
import { isOutage } from '../platform/errors.ts'

/** The database as the sign-in library uses it: it finds the call it works for by itself, and with it that call's transaction. */
export interface SignInStorage {
  /** Statements that read. They join the call's transaction once it has begun. */
  read: Sql
  /** Statements that change something. The first one of a call begins its transaction. */
  write: Sql
  /** Runs a call of the library whose statements commit one by one. @throws an outage that the library met */
  alone<T>(work: () => Promise<T>): Promise<T>
  /**
   * Runs a call of the library in one transaction, which begins with its first change: a password is verified before that, for
   * tens of milliseconds, and holds no connection. `audit` runs in the same transaction when the answer is a success; then both are
   * committed, and only then does the answer exist. With any other answer all of it is rolled back.
   * @throws an outage that the library met, or an error of the audit
   */
  together(work: () => Promise<Response>, audit?: (tx: Sql) => Promise<void>): Promise<Response>
}

interface Call {
  /** null: each statement commits by itself. */
  transaction: LazyTransaction | null
  /** The library turns every storage error into a 500 that does not say why; an outage is kept here for the caller's 503. */
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
    together: async (work, audit) => {
      const transaction = lazyTransaction(db.service)
      try {
        const response = await run({ transaction }, work)
        if (!response.ok) {
          await transaction.rollBack()
          return response
        }
        if (audit) await audit(await transaction.begin())
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
  /** The transaction, begun now unless it was before. */
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
  // A transaction that could not begin does not wait for the decision.
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
    // A transaction that cannot begin fails its first statement; one that fails later fails the commit.
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
      // Before the first change there is nothing to undo.
      if (!begun) return
      decision.reject(new RolledBack())
      await ended.catch(() => undefined)
    },
  }
}
