/** Starts the LangChain peer in a process of its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { BenchEvent } from '../../shop.ts'

/**
 * `texts`: a document has a text and the id of its product. Price and stock are not stored at all, so a change of them costs nothing.
 * `whole`: the metadata also has SKU, price, stock and address, as a store needs that filters or shows them.
 */
export const LANGCHAIN_VARIANTS = ['texts', 'whole'] as const
export type LangchainVariant = (typeof LANGCHAIN_VARIANTS)[number]

export interface LangchainSettings {
  databaseUrl: string
  providerUrl: string
  dimensions: number
  variant: LangchainVariant
}

export type PeerOrder = { settings: LangchainSettings } | { events: BenchEvent[] } | { stop: true }
export type PeerAnswer = { done: true } | { error: string }

export async function startLangchain(settings: LangchainSettings) {
  const child = fork('verify/bench/table/peers/langchain-process.ts', {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ask = async (order: PeerOrder) => {
    child.send(order)
    const [answer] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [{ error: 'its process has ended; npm ci installs @langchain/core' }]),
    ])) as [PeerAnswer]
    if ('error' in answer) throw new Error(`LangChain: ${answer.error}`)
  }
  await ask({ settings })
  return {
    pid: child.pid ?? 0,
    /** Resolves when the texts of these events are embedded and stored. */
    index: (events: BenchEvent[]) => ask({ events }),
    stop: async () => {
      const ended = once(child, 'exit')
      child.send({ stop: true })
      await ended
    },
  }
}
