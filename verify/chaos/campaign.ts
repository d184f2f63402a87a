import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../../scripts/random.ts'
import { type AnswerCounts, type Asker, createAsker } from './answers.ts'
import type { BackupFigures } from './backup-readers.ts'
import type { Fault } from './fault-plan.ts'
import { createJournal, type Journal, writeEvidence } from './journal.ts'
import { type Findings, judge } from './judge.ts'
import { readBackupsAtLast } from './last-readers.ts'
import { type Model, takeIn } from './model.ts'
import { type MoodyProvider, startMoodyProvider } from './moody-provider.ts'
import type { Scale } from './options.ts'
import { newEventsOf, playAll } from './play-load.ts'
import { type PlannedRequest, writeScript } from './shop-script.ts'
import type { ShopModel, ShopPlan, System } from './system.ts'

/** Time limit for all open work after the last fault. A pause of up to a minute after a provider's failure is included. */
const PATIENCE_MS = 5 * 60_000

export interface Outcome {
  title: string
  description: string
  findings: Findings
  answers: AnswerCounts
  unexpected: number
  /** Sentences about what a sample of searches and statuses gave wrongly. */
  sampled: string[]
  isSettled: boolean
  crashes: number
  failedStarts: number
  faults: Record<Fault['kind'], number>
  providerRequests: number
  providerFaults: number
  /** Different events that were confirmed while faults went on. */
  acknowledgedUnderFaults: number
  heavyRefused: number
  /** null: the system has none. */
  backups: BackupFigures | null
  /** After the last readers of backups had left. */
  idleInTransaction: number
  /** A sentence for each process that had to be killed because it answered nothing. */
  silent: string[]
  seconds: number
  /** Folder of the evidence, if the campaign found a fault. */
  evidence: string | null
}

export interface CampaignPlan {
  title: string
  seed: number
  scale: Scale
  faults: Fault[]
  start(asker: Asker, parts: { provider: MoodyProvider; logFolder: string; seed: number }): Promise<System>
}

/** Plays the shops' scripts against a system while faults befall it, heals everything, waits, and judges what is stored. */
export async function runCampaign(
  plan: CampaignPlan,
  hooks: { keepsEvidence: (outcome: Outcome) => boolean; onStart: (close: () => Promise<void>) => void },
): Promise<Outcome> {
  const startedAt = Date.now()
  const folder = await mkdtemp(join(tmpdir(), 'fiko-chaos-evidence-'))
  const provider = await startMoodyProvider(plan.seed)
  let system: System | undefined
  let keepsEvidence = false
  const closeAll = async () => {
    await system?.close()
    await provider.close()
    if (!keepsEvidence) await rm(folder, { recursive: true, force: true })
  }
  // Ctrl-C closes everything, and so does what fails because of that.
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeAll()
    return closing
  }
  hooks.onStart(close)
  try {
    const asker = createAsker(() => system?.addresses() ?? [])
    system = await plan.start(asker, { provider, logFolder: folder, seed: plan.seed })
    const journal = createJournal()
    const plans = planShops(plan.scale.tenants)
    const heavyPlan = { number: plans.length + 1, tenant: plan.scale.tenants + 1 }
    const accesses = await system.openShops(system.takesHeavyEvents ? [...plans, heavyPlan] : plans)
    const heavyShop = system.takesHeavyEvents ? accesses.pop() : undefined
    const heavyJournal = createJournal()
    const silent: string[] = []
    const scripts = plans.map(({ number }) =>
      writeScript(createRandom(plan.seed * 1_000 + number), number, Math.ceil(plan.scale.events / plans.length)),
    )
    const diary: object[] = []
    const heavy = heavyShop && { shop: heavyShop, journal: heavyJournal }
    const load = await playAll(plan.faults, { system, asker, journal, diary, scripts, accesses, heavy, silent })
    provider.heal()
    const shops = plans.map(({ number }, at): ShopModel => {
      const access = accesses[at]
      if (!access) throw new Error(`shop ${number} was not opened`)
      const model: Model = new Map()
      for (const event of acknowledgedOf(scripts[at] ?? [], access.storeId, journal)) takeIn(model, event)
      return { number, access, model }
    })
    const isSettled = await system.settled(shops, PATIENCE_MS)
    const sampled = (await system.sample?.(shops)) ?? []
    const idleInTransaction = await readBackupsAtLast(system, silent)
    const { crashes, failedStarts } = totals(system)
    const snapshot = await system.snapshot()
    const models = new Map(shops.map(({ access, model }) => [access.storeId, model]))
    const outcome: Outcome = {
      title: plan.title,
      description: system.description,
      findings: judge(
        snapshot,
        journal.keys(),
        models,
        journal.acceptedTwice,
        heavyShop ? { storeId: heavyShop.storeId, acknowledged: heavyJournal.keys() } : null,
      ),
      answers: asker.counts,
      unexpected: journal.unexpected.length + heavyJournal.unexpected.length,
      sampled,
      isSettled,
      crashes,
      failedStarts,
      faults: load.faults,
      providerRequests: provider.provider.requests,
      providerFaults: provider.faults,
      acknowledgedUnderFaults: load.acknowledgedUnderFaults,
      heavyRefused: load.heavyRefused,
      backups: system.backups?.figures ?? null,
      idleInTransaction,
      silent,
      seconds: (Date.now() - startedAt) / 1000,
      evidence: null,
    }
    keepsEvidence = hooks.keepsEvidence(outcome)
    if (keepsEvidence) {
      outcome.evidence = folder
      await writeEvidence(folder, evidenceOf(outcome, journal, diary, scripts))
    }
    return outcome
  } finally {
    await close()
  }
}

/** Every second tenant has two shops. */
function planShops(tenants: number): ShopPlan[] {
  const shops = Array.from({ length: tenants }, (_, at) => (at % 2 === 0 ? [at + 1, at + 1] : [at + 1])).flat()
  return shops.map((tenant, at) => ({ tenant, number: at + 1 }))
}

function acknowledgedOf(script: PlannedRequest[], storeId: number, journal: Journal) {
  return newEventsOf(script).filter((event) => journal.isAcknowledged(storeId, event.event_id))
}

function totals({ processes }: System): { crashes: number; failedStarts: number } {
  return {
    crashes: processes.reduce((sum, process) => sum + process.crashes, 0),
    failedStarts: processes.reduce((sum, process) => sum + process.failedStarts, 0),
  }
}

function evidenceOf(outcome: Outcome, journal: Journal, diary: object[], scripts: PlannedRequest[][]) {
  const { lost, doubled, mismatches, vectorsMissing, leftOver } = outcome.findings
  const lists = {
    lost,
    doubled,
    mismatches,
    vectorsMissing,
    leftOver,
    sampled: outcome.sampled,
    backups: outcome.backups?.wrong ?? [],
    silent: outcome.silent,
  }
  return {
    journal: journal.receipts,
    unexpected: journal.unexpected,
    answers: outcome.answers.examples,
    faults: diary,
    findings: Object.entries(lists).flatMap(([kind, list]) => list.map((what) => ({ kind, what }))),
    sent: scripts.flatMap((script, at) => script.map((request) => ({ shop: at + 1, ...request }))),
  }
}
