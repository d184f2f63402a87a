import type { Random } from '../../scripts/random.ts'
import type { Scale } from './options.ts'

/** A fault of the system. The seed decides all of it, except the progress of the load at that time. */
export interface Fault {
  kind:
    | 'kill-api'
    | 'kill-worker'
    | 'kill-all-in-one'
    | 'restart-immediate'
    | 'restart-fast'
    | 'terminate-backends'
    | 'cut'
    | 'stall'
  /** Of the processes with this role, which; taken modulo their number. */
  which: number
  /** Quiet time before it. */
  gapMs: number
  /** Duration of a cut or a stall. */
  lastsMs: number
}

const SHORTEST_GAP_MS = 2_000
const GAP_SPREAD_MS = 3_000

/** Every 2 to 5 s something: the kills, and for every ten of them one immediate restart, for every twenty one of each other kind. */
export function planPostgresFaults(random: Random, { kills }: Scale): Fault[] {
  const tenth = Math.ceil(kills / 10)
  const twentieth = Math.ceil(kills / 20)
  const kinds: Fault['kind'][] = [
    ...times(Math.ceil(kills / 2), 'kill-api'),
    ...times(Math.floor(kills / 2), 'kill-worker'),
    ...times(tenth, 'restart-immediate'),
    ...times(twentieth, 'restart-fast'),
    ...times(twentieth, 'terminate-backends'),
    ...times(twentieth, 'cut'),
    ...times(twentieth, 'stall'),
  ]
  return shuffled(random, kinds).map((kind) => faultOf(random, kind))
}

/** The embedded database has no network and no server of its own: its process is all there is to kill. */
export function planEmbeddedFaults(random: Random, { kills }: Scale): Fault[] {
  return times(kills, 'kill-all-in-one').map((kind) => faultOf(random, kind))
}

function times(count: number, kind: Fault['kind']): Fault['kind'][] {
  return Array.from({ length: count }, () => kind)
}

function faultOf(random: Random, kind: Fault['kind']): Fault {
  return {
    kind,
    which: random.below(1_000),
    gapMs: SHORTEST_GAP_MS + random.below(GAP_SPREAD_MS),
    // A stall may outlast the 8 s that the server waits for an answer of its database.
    lastsMs: kind === 'stall' ? 1_000 + random.below(11_000) : 500 + random.below(2_500),
  }
}

function shuffled<T>(random: Random, list: T[]): T[] {
  const rest = [...list]
  const order: T[] = []
  while (rest.length > 0) order.push(...rest.splice(random.below(rest.length), 1))
  return order
}
