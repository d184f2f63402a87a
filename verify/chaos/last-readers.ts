import { setTimeout as delay } from 'node:timers/promises'
import type { System } from './system.ts'

const READY_WITHIN_MS = 10_000
/** A transaction of a reader that has gone ends within seconds. */
const SESSIONS_END_WITHIN_MS = 15_000
const SESSIONS_POLL_MS = 500

/**
 * With nothing broken any more readers leave, stall and stay once again. Then each process must answer, and no database session may be
 * left in a transaction: gives how many are. A process that does not answer is killed, or nothing else could be judged.
 */
export async function readBackupsAtLast(system: System, silent: string[]): Promise<number> {
  if (!system.backups) return 0
  await system.backups.readAtLast()
  for (const address of system.addresses()) {
    const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(READY_WITHIN_MS) }).catch(() => null)
    if (answer?.ok) continue
    silent.push(`/readyz answered ${answer?.status ?? 'nothing'} after readers of backups had left`)
    await Promise.all(system.processes.map((process) => process.kill()))
    await Promise.all(system.processes.map((process) => process.ready()))
  }
  const deadline = Date.now() + SESSIONS_END_WITHIN_MS
  for (;;) {
    const left = (await system.idleInTransaction?.()) ?? 0
    if (left === 0 || Date.now() > deadline) return left
    await delay(SESSIONS_POLL_MS)
  }
}
