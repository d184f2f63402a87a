import type { Asker } from './query-vectors.ts'

export interface QuerySlots {
  /**
   * Takes a slot of the asker. `free`: it was available at once; `waited`: another request released it; null: none was released
   * before `signal` was aborted, or too many requests wait already. A taken slot must be released.
   */
  take(asker: Asker, signal: AbortSignal): Promise<'free' | 'waited' | null>
  giveBack(asker: Asker): void
}

/** Limits the parallel requests of one asker, so that slow requests of one tenant delay only that tenant. */
export function createQuerySlots({ slots, maxWaiting }: { slots: number; maxWaiting: number }): QuerySlots {
  const askers = new Map<Asker, { taken: number; waiting: Set<() => void> }>()
  return {
    take: async (asker, signal) => {
      const own = askers.get(asker) ?? { taken: 0, waiting: new Set() }
      askers.set(asker, own)
      if (own.taken < slots) {
        own.taken += 1
        return 'free'
      }
      if (own.waiting.size >= maxWaiting || signal.aborted) return null
      return await new Promise((resolve) => {
        const giveUp = () => {
          own.waiting.delete(next)
          resolve(null)
        }
        const next = () => {
          signal.removeEventListener('abort', giveUp)
          own.waiting.delete(next)
          resolve('waited')
        }
        own.waiting.add(next)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
    giveBack: (asker) => {
      const own = askers.get(asker)
      if (!own) return
      const [next] = own.waiting
      // The slot passes to the next request without becoming free.
      if (next) next()
      else own.taken -= 1
      if (own.taken === 0) askers.delete(asker)
    },
  }
}
