/** Sizes of the three runs of the table. */

/** Names of the parts, in the order of a run. */
export const PART_NAMES = [
  'start',
  'receipts',
  'batches',
  'stream',
  'apply',
  'one-edit',
  'first-sync',
  'memory',
  'backlog-receipts',
  'growth',
] as const
export type PartName = (typeof PART_NAMES)[number]

export interface Plan {
  name: 'quick' | 'usual' | 'full'
  limitMinutes: number
  parts: readonly PartName[]
  start: { first: number; warm: number }
  /** `systems`: the variants of roles that are measured. */
  receipts: { rounds: number; seconds: number; warmUpSeconds: number; systems: string[] }
  batches: { rounds: number; seconds: number }
  stream: { rounds: number; products: number; changes: number }
  apply: { rounds: number; products: number; changes: number }
  oneEdit: { edits: number; products: number }
  firstSync: { products: number }
  memory: { products: number; idleSeconds: number }
  /** Rows that wait, and seconds of receipts. */
  backlog: { rows: Record<Kind, number>; seconds: number }
  growth: { rounds: number; changes: number; small: number; large: Record<Kind, number> }
  /** Expected seconds of each part, for all its databases together, on two cores. */
  seconds: Record<PartName, number>
}
type Kind = 'embedded' | 'postgres'

/** Sizes that the targets name: a smaller run neither meets nor misses them. */
export const SIZES_OF_TARGETS = {
  streamProducts: 1_000,
  firstSyncProducts: 100_000,
  memoryProducts: 10_000,
  backlogRows: 1_000_000,
  growthRows: 5_000_000,
}

const usual: Plan = {
  name: 'usual',
  limitMinutes: 15,
  parts: PART_NAMES,
  start: { first: 2, warm: 3 },
  receipts: {
    rounds: 3,
    seconds: 2,
    warmUpSeconds: 2,
    systems: ['embedded', 'postgres-api', 'postgres-all', 'postgres-worker'],
  },
  batches: { rounds: 3, seconds: 1 },
  stream: { rounds: 2, products: 1_000, changes: 2_000 },
  apply: { rounds: 3, products: 2_000, changes: 4_000 },
  oneEdit: { edits: 30, products: 200 },
  firstSync: { products: 10_000 },
  memory: { products: 1_000, idleSeconds: 5 },
  backlog: { rows: { embedded: 100_000, postgres: 200_000 }, seconds: 20 },
  growth: { rounds: 3, changes: 2_000, small: 10_000, large: { embedded: 100_000, postgres: 500_000 } },
  seconds: {
    start: 25,
    receipts: 200,
    batches: 60,
    stream: 150,
    apply: 50,
    'one-edit': 60,
    'first-sync': 90,
    memory: 25,
    'backlog-receipts': 90,
    growth: 110,
  },
}

const quick: Plan = {
  name: 'quick',
  limitMinutes: 2,
  parts: ['stream', 'apply', 'receipts', 'one-edit', 'batches', 'memory', 'start'],
  start: { first: 1, warm: 1 },
  receipts: { rounds: 1, seconds: 0.5, warmUpSeconds: 0.5, systems: ['embedded', 'postgres-all'] },
  batches: { rounds: 1, seconds: 0.5 },
  stream: { rounds: 1, products: 150, changes: 300 },
  apply: { rounds: 1, products: 400, changes: 800 },
  oneEdit: { edits: 5, products: 20 },
  firstSync: { products: 500 },
  memory: { products: 100, idleSeconds: 1 },
  backlog: { rows: { embedded: 2_000, postgres: 10_000 }, seconds: 3 },
  growth: { rounds: 1, changes: 300, small: 1_000, large: { embedded: 5_000, postgres: 20_000 } },
  seconds: {
    start: 5,
    receipts: 15,
    batches: 12,
    stream: 20,
    apply: 12,
    'one-edit': 12,
    'first-sync': 12,
    memory: 8,
    'backlog-receipts': 15,
    growth: 20,
  },
}

const full: Plan = {
  ...usual,
  name: 'full',
  limitMinutes: 60,
  start: { first: 3, warm: 5 },
  receipts: { ...usual.receipts, seconds: 3 },
  stream: { ...usual.stream, rounds: 3 },
  oneEdit: { edits: 100, products: 200 },
  firstSync: { products: 100_000 },
  backlog: { rows: { embedded: 1_000_000, postgres: 1_000_000 }, seconds: 60 },
  // The embedded database needs half an hour and 6 GB for five million rows.
  growth: { ...usual.growth, large: { embedded: 500_000, postgres: 5_000_000 } },
  seconds: {
    start: 45,
    receipts: 300,
    batches: 60,
    stream: 240,
    apply: 50,
    'one-edit': 150,
    'first-sync': 900,
    memory: 25,
    'backlog-receipts': 360,
    growth: 500,
  },
}

export const PLANS = { quick, usual, full }
