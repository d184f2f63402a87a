import type { Asker } from './query-vectors.ts'

export interface QuerySlots {
  /**
   * Takes one of the asker's slots. `free`: it was there at once; `waited`: another request of the asker has given it back; null:
   * none came before `signal` was aborted, or too many wait already. Whatever is taken must be given back.
   */
  take(asker: Asker, signal: AbortSignal): Promise<'free' | 'waited' | null>
  giveBack(asker: Asker): void
}

/** Bounds how many requests of one asker are under way at once, so that slow ones of one tenant hold up only that tenant. */
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
      // The slot goes from one request to the next without becoming free.
      if (next) next()
      else own.taken -= 1
      if (own.taken === 0) askers.delete(asker)
    },
  }
}
