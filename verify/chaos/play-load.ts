import { setTimeout as delay } from 'node:timers/promises'
import type { Asker } from './answers.ts'
import type { Fault } from './fault-plan.ts'
import { sendHeavy } from './heavy-shop.ts'
import type { Journal } from './journal.ts'
import { createPace } from './pace.ts'
import { playScript, type ShopAccess } from './shop-client.ts'
import type { PlannedRequest } from './shop-script.ts'
import type { System } from './system.ts'

const PROGRESS_EVERY_MS = 15_000
const SILENT_MS = 60_000
const MOST_SILENT = 3

interface LoadParts {
  system: System
  asker: Asker
  journal: Journal
  diary: object[]
  scripts: PlannedRequest[][]
  accesses: ShopAccess[]
  heavy: { shop: ShopAccess; journal: Journal } | undefined
  silent: string[]
}

/** The load and the faults last equally long (pace.ts), and backups are read and heavy events sent until all is sent. */
export async function playAll(
  plannedFaults: Fault[],
  { system, asker, journal, diary, scripts, accesses, heavy, silent }: LoadParts,
) {
  const faults = Object.fromEntries(plannedFaults.map((fault) => [fault.kind, 0])) as Record<Fault['kind'], number>
  const events = scripts.reduce((sum, script) => sum + newEventsOf(script).length, 0)
  const pace = createPace(plannedFaults, { acknowledgedShare: () => journal.keys().size / events })
  const report = setInterval(() => {
    console.error(`  ${Math.round(pace.released() * 100)} %, ${journal.keys().size} events acknowledged`)
  }, PROGRESS_EVERY_MS)
  try {
    const playing = Promise.all(
      scripts.map(async (script, at) => {
        const access = accesses[at]
        if (access) await playScript(access, script, { asker, journal, releasedShare: pace.released })
      }),
    )
    let allSent = false
    const isOver = () => allSent
    const looking = system.lookOn?.(accesses, isOver)
    const readingBackups = system.backups?.readOn(isOver)
    const heavySending = heavy && sendHeavy(heavy.shop, { asker, journal: heavy.journal, isOver })
    const beside = Promise.all([looking, readingBackups, heavySending])
    // A failure there must end the campaign at once, and not after its last fault.
    const failing = Promise.all([playing, beside])
    const striking = (async () => {
      for (const fault of plannedFaults) {
        await pace.gap(fault)
        const struckAt = new Date()
        await system.strike(fault)
        faults[fault.kind] += 1
        diary.push({ at: struckAt.toISOString(), over: new Date().toISOString(), ...fault })
      }
      pace.over()
    })()
    await Promise.race([striking, failing.then(() => striking)])
    const acknowledgedUnderFaults = journal.keys().size
    await unlessSilent(playing, system, () => asker.counts.answered, silent)
    allSent = true
    await unlessSilent(beside, system, () => asker.counts.answered, silent)
    const sent = await heavySending
    return { faults, acknowledgedUnderFaults, heavyRefused: sent?.refused ?? 0 }
  } finally {
    clearInterval(report)
  }
}

/**
 * Waits for work that ends by itself while the system answers. When nothing has moved for a minute with no fault going on, its
 * processes are killed, which is a finding, so that the campaign goes on and can say what else is wrong.
 */
export async function unlessSilent(
  work: Promise<unknown>,
  { processes }: Pick<System, 'processes'>,
  progress: () => number,
  silent: string[],
  silentMs = SILENT_MS,
) {
  const done = work.then(() => true)
  for (let before = progress(); ; before = progress()) {
    const ended = await Promise.race([done, delay(silentMs, false, { ref: false })])
    if (ended) return
    if (progress() !== before) continue
    if (silent.length >= MOST_SILENT)
      throw new Error(`the system has answered nothing for a minute, ${silent.length} times`)
    silent.push(`nothing was answered for ${silentMs / 1000} s with no fault going on`)
    await Promise.all(processes.map((process) => process.kill()))
  }
}

/** The different events of a script, without those that are repeated or refused. */
export function newEventsOf(script: PlannedRequest[]) {
  return script.filter((request) => request.kind === 'new').flatMap((request) => request.events)
}
