/** Measures one part in a process of its own: the run ends it at its time limit, and with it every server that it has started. */
import { openEmbedded, openPostgres } from '../bench-servers.ts'
import type { Facts } from './figures.ts'
import { PARTS } from './parts.ts'
import { type PartName, PLANS } from './plans.ts'

export interface PartOrder {
  part: PartName
  plan: keyof typeof PLANS
  embedded: boolean
  /** Address of the PostgreSQL server, if it takes part. */
  postgres?: string
}

export interface Recorded {
  id: string
  samples: number[]
  facts: Facts
}
/** `cutOff`: the limit of the run has ended the process. */
export type PartAnswer = { recorded: Recorded[] } | { error: string } | { cutOff: string }

process.on('disconnect', () => process.exit(1))
process.once('message', (order: PartOrder) => {
  measure(order).then(
    (recorded) => answer({ recorded }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  )
})

async function measure({ part, plan, embedded, postgres }: PartOrder): Promise<Recorded[]> {
  const databases = [...(embedded ? [openEmbedded()] : []), ...(postgres ? [await openPostgres(postgres)] : [])]
  const recorded: Recorded[] = []
  try {
    const record = (id: string, samples: number[], facts: Facts) => recorded.push({ id, samples, facts })
    await PARTS[part]({ plan: PLANS[plan], databases, record: (...given) => void record(...given) })
  } finally {
    for (const database of databases) await database.close()
  }
  return recorded
}

function answer(message: PartAnswer): void {
  process.send?.(message, () => process.exit(0))
}
