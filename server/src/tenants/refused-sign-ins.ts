import { LRUCache } from 'lru-cache'
import { addressKey } from '../platform/address-key.ts'
import type { Database } from '../platform/database.ts'
import { writeAuditEntry } from './audit.ts'
import { trimStrangers } from './prune.ts'
import type { SignedIn } from './sign-in.ts'

/** Attempts of one address at one account are counted for an hour. 20,000 pairs take about 4 MB; the least recent is forgotten first. */
const COUNTED_MS = 3_600_000
const MAX_PAIRS = 20_000
/** After so many rows of this process the oldest rows of strangers are trimmed, so that they stay bounded between two daily trims. */
const ROWS_BEFORE_TRIM = 1_000

export interface RefusedSignIns {
  /**
   * Notes a refused sign-in in the audit log as `session.refused`: the 1st, 10th, 100th … attempt of an address at an account within an
   * hour, with their number. `user`: the account's user; null for an address that belongs to no account, all of which count as one.
   */
  record(address: string, user: SignedIn | null): Promise<void>
}

/**
 * Anyone can make sign-ins fail, so a row for each would let strangers fill the disk: 20 a minute from each address are 29,000 a day.
 * Counted in this process, without a timer.
 */
export function createRefusedSignIns(db: Database): RefusedSignIns {
  const counted = new LRUCache<string, { attempts: number }>({ max: MAX_PAIRS, ttl: COUNTED_MS })
  let rows = 0
  return {
    record: async (address, user) => {
      const key = `${addressKey(address)} ${user?.userId ?? ''}`
      const pair = counted.get(key) ?? { attempts: 0 }
      if (pair.attempts === 0) counted.set(key, pair)
      pair.attempts += 1
      const { attempts } = pair
      if (!/^10*$/.test(String(attempts))) return
      // The address that was typed is not kept where it belongs to no account: it may be a password.
      await writeAuditEntry(
        db.service,
        { kind: 'nobody', userId: null, tenantId: null, sourceIp: address },
        { action: 'session.refused', detail: { attempts }, ...(user && { target: { kind: 'user', id: user.userId } }) },
      )
      rows += 1
      if (rows % ROWS_BEFORE_TRIM === 0) await trimStrangers(db)
    },
  }
}
