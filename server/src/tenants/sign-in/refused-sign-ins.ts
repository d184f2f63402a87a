import type { Database } from '../../platform/db/database.ts'
import { addressKey } from '../../platform/http/address-key.ts'
import { createBoundedCache } from '../../platform/runtime/bounded-cache.ts'
import { writeAuditEntry } from '../audit.ts'
import { trimAnonymousEntries } from '../prune.ts'
import type { SignedIn } from './sign-in.ts'

/** TTL of a counter per address and account. 20,000 pairs take about 4 MB; the least recently used is dropped first. */
const COUNTED_MS = 3_600_000
const MAX_PAIRS = 20_000
/** After this many new rows of this process the oldest are trimmed, so that the table stays bounded between two daily runs. */
const ROWS_BEFORE_TRIM = 1_000

export interface RefusedSignIns {
  /**
   * Records a refused sign-in (`session.refused`; in the second step `two_factor.refused`): the 1st, 10th, 100th … attempt of an
   * address at an account within an hour, with its number. `user`: the user of the account; null for an unknown e-mail address (all
   * unknown ones share one counter).
   */
  record(address: string, user: SignedIn | null, action?: 'session.refused' | 'two_factor.refused'): Promise<void>
}

/**
 * Limits the audit entries of refused sign-ins, because an unauthenticated caller can cause them: 20 a minute from one address
 * would be 29,000 rows a day. Counts in this process, without a timer.
 */
export function createRefusedSignIns(db: Database): RefusedSignIns {
  const counted = createBoundedCache<string, { attempts: number }>({ max: MAX_PAIRS, ttl: COUNTED_MS })
  let rows = 0
  return {
    record: async (address, user, action = 'session.refused') => {
      const key = `${addressKey(address)} ${user?.userId ?? ''} ${action}`
      const pair = counted.get(key) ?? { attempts: 0 }
      if (pair.attempts === 0) counted.set(key, pair)
      pair.attempts += 1
      const { attempts } = pair
      if (!/^10*$/.test(String(attempts))) return
      // An unknown e-mail address is not stored, because it may be a mistyped password.
      await writeAuditEntry(
        db.service,
        { kind: 'anonymous', userId: null, tenantId: null, sourceIp: address },
        { action, detail: { attempts }, ...(user && { target: { kind: 'user', id: user.userId } }) },
      )
      rows += 1
      if (rows % ROWS_BEFORE_TRIM === 0) await trimAnonymousEntries(db)
    },
  }
}
