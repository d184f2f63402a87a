import { createRandom } from '../../scripts/random.ts'
import { type Behaviour, type FakeProvider, startFakeProvider } from '../support/fake-embedding-provider.ts'
import { DIMENSIONS } from './snapshot.ts'

const MOODS: [Behaviour, ...Behaviour[]] = [
  'error',
  'rate-limited',
  'hang',
  'html',
  'short',
  'wrong-dimensions',
  'nan',
  'nan-text',
]
const GOOD_PERCENT = 40
/** The server gives up on `hang` after this. */
const TIMEOUT_SECONDS = 2

export interface MoodyProvider {
  /** Settings with which a server asks it. */
  readonly settings: Record<string, string>
  readonly provider: FakeProvider
  /** Requests answered badly so far. */
  readonly faults: number
  /** From now on every answer is a good one. */
  heal(): void
  close(): Promise<void>
}

/** An embedding provider that misbehaves in three of five requests, each in another way; how the n-th one fares follows from the seed. */
export async function startMoodyProvider(seed: number): Promise<MoodyProvider> {
  const provider = await startFakeProvider({ dimensions: DIMENSIONS })
  const random = createRandom(seed)
  let faults = 0
  provider.behave(() => {
    if (random.below(100) < GOOD_PERCENT) return 'ok'
    faults += 1
    return random.oneOf(MOODS)
  })
  return {
    provider,
    settings: {
      EMBEDDING_PROVIDER: 'openai',
      OPENAI_BASE_URL: provider.url,
      EMBEDDING_MODEL: 'moody',
      EMBEDDING_DIMENSIONS: String(DIMENSIONS),
      EMBEDDING_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    },
    get faults() {
      return faults
    },
    heal: () => provider.behave('ok'),
    close: () => provider.close(),
  }
}
