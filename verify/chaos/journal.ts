import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One request of a shop that was answered with 2xx. */
export interface Receipt {
  at: string
  storeId: number
  status: number
  tries: number
  /** Ids that this answer confirms to be stored. */
  events: string[]
}

/** The campaign's record of the system's confirmations. */
export interface Journal {
  receipts: Receipt[]
  note(receipt: Omit<Receipt, 'at'>): void
  isAcknowledged(storeId: number, eventId: string): boolean
  /** Resolves when the event has been acknowledged. */
  acknowledged(storeId: number, eventId: string): Promise<void>
  /** All acknowledged events, as `storeId eventId`. */
  keys(): ReadonlySet<string>
  /** An id that was confirmed before, and was then accepted as new. */
  acceptedTwice: string[]
  /** Answers that a working server never gives to this request. */
  unexpected: object[]
}

export function createJournal(): Journal {
  const receipts: Receipt[] = []
  const confirmed = new Set<string>()
  const waiting = new Map<string, (() => void)[]>()
  const keyOf = (storeId: number, eventId: string) => `${storeId} ${eventId}`
  return {
    receipts,
    acceptedTwice: [],
    unexpected: [],
    note: (receipt) => {
      receipts.push({ at: new Date().toISOString(), ...receipt })
      for (const eventId of receipt.events) {
        const key = keyOf(receipt.storeId, eventId)
        confirmed.add(key)
        for (const resolve of waiting.get(key) ?? []) resolve()
        waiting.delete(key)
      }
    },
    isAcknowledged: (storeId, eventId) => confirmed.has(keyOf(storeId, eventId)),
    acknowledged: async (storeId, eventId) => {
      const key = keyOf(storeId, eventId)
      if (confirmed.has(key)) return
      await new Promise<void>((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve]))
    },
    keys: () => confirmed,
  }
}

/** Writes lists as NDJSON files of a folder, one line an entry. */
export async function writeEvidence(folder: string, lists: Record<string, object[]>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, list] of Object.entries(lists)) {
    await writeFile(join(folder, `${name}.ndjson`), list.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  }
}
