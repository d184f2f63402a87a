/**
 * `npm run chaos`: kills, restarts and cuts off the real server at random while shops send to it, then compares what is stored
 * with what was acknowledged. verify/chaos/README.md explains the commands and the figures.
 */
import { createRandom } from '../../scripts/random.ts'
import { missingForThrowawayPostgres } from '../../scripts/throwaway-postgres.ts'
import { type CampaignPlan, type Outcome, runCampaign } from './campaign.ts'
import { planEmbeddedFaults, planPostgresFaults } from './fault-plan.ts'
import { details, figuresTable, misses } from './figures.ts'
import { type Options, readOptions } from './options.ts'
import { startServerEmbedded } from './server-embedded.ts'
import { startServerOnPostgres } from './server-on-postgres.ts'
import { startUsualDesign } from './usual-design.ts'

const USUAL = 'the usual design'

let closeCurrent: () => Promise<void> = async () => {}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    console.error(`\n${signal}: taking everything down`)
    closeCurrent().finally(() => process.exit(130))
  })
}

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})

async function run(given: string[]): Promise<number> {
  const options = readOptions(given)
  const missing = options.databases.includes('postgres') ? missingForThrowawayPostgres() : undefined
  if (missing) {
    console.error(`PostgreSQL: ${missing} (scripts/install-postgres.sh on Debian 12; --database=embedded needs none)`)
    return 2
  }
  console.log(`Seed ${options.seed}: npm run chaos -- ${withSeed(given, options.seed)}\n`)
  const outcomes: Outcome[] = []
  for (const plan of plansOf(options)) {
    console.error(`${plan.title}: ${plan.scale.events} events, ${plan.faults.length} faults`)
    const outcome = await runCampaign(plan, {
      keepsEvidence: (result) => result.title !== USUAL && misses(result).length > 0,
      onStart: (close) => {
        closeCurrent = close
      },
    })
    outcomes.push(outcome)
    console.log(`${outcome.title}: ${outcome.description}`)
  }
  console.log(`\n${figuresTable(outcomes)}\n`)
  for (const outcome of outcomes) {
    const missed = misses(outcome)
    if (missed.length === 0) console.log(`${outcome.title}: every target was met`)
    else console.log(`${outcome.title}: missed: ${missed.join(', ')}\n${details(outcome)}`)
  }
  // The usual design is there to be compared with; it is not what has to meet the targets.
  return outcomes.some((outcome) => outcome.title !== USUAL && misses(outcome).length > 0) ? 1 : 0
}

function plansOf({ seed, databases, naive, postgres, embedded }: Options): CampaignPlan[] {
  const plans = databases.map(
    (database): CampaignPlan =>
      database === 'postgres'
        ? {
            title: 'PostgreSQL',
            seed,
            scale: postgres,
            faults: planPostgresFaults(createRandom(seed), postgres),
            start: startServerOnPostgres,
          }
        : {
            title: 'embedded',
            seed,
            scale: embedded,
            faults: planEmbeddedFaults(createRandom(seed), embedded),
            start: startServerEmbedded,
          },
  )
  const onPostgres = plans.find((plan) => plan.title === 'PostgreSQL')
  return naive && onPostgres ? [...plans, { ...onPostgres, title: USUAL, start: startUsualDesign }] : plans
}

function withSeed(given: string[], seed: number): string {
  return [...given.filter((argument) => !argument.startsWith('--seed=')), `--seed=${seed}`].join(' ')
}
