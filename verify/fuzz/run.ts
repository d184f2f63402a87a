/**
 * `npm run fuzz`: 100,000 requests to every endpoint, half of them on each database, and a table of what came of them.
 * `npm run fuzz -- --requests=1000 --seed=7 --database=embedded`: fewer, the same again, on one.
 */
import { number, table } from '../bench/report.ts'
import { type Outcome, runCampaign } from './campaign.ts'
import { openDatabaseOf } from './databases.ts'
import { readFlags } from './flags.ts'

/** Far above what a server needs; a leak in a hundred thousand requests ends beyond. */
const LARGEST_RSS_MB = 1500

const flags = readFlags('fuzz', { requests: 100_000 })
const outcomes: Record<string, Outcome> = {}
for (const database of flags.databases) {
  const { settings, close } = await openDatabaseOf(database)
  try {
    const requests = Math.ceil(flags.count / flags.databases.length)
    const progress = (answered: number) =>
      process.stderr.write(`\r${database}: ${number(answered)} of ${number(requests)} `)
    outcomes[database] = await runCampaign({ requests, seed: flags.seed, settings, progress })
  } finally {
    await close()
  }
}
process.stderr.write('\n')
process.exitCode = report(outcomes) ? 0 : 1

/** True when every target was met. */
function report(results: Record<string, Outcome>): boolean {
  const columns = Object.keys(results)
  const row = (title: string, of: (outcome: Outcome) => string) => [title, ...Object.values(results).map(of)]
  const classes = [...new Set(Object.values(results).flatMap(({ byClass }) => Object.keys(byClass)))].sort()
  const rows = [
    row('requests', ({ requests }) => number(requests)),
    row('routes and methods', ({ routes }) => String(routes)),
    ...classes.map((name) => row(name === 'none' ? 'not answered' : name, ({ byClass }) => number(byClass[name] ?? 0))),
    row('5xx (target 0)', ({ serverErrors }) => String(serverErrors)),
    row('other violations (target 0)', ({ wrong, serverErrors }) => String(wrong - serverErrors)),
    row('answers after 10 s (target 0)', ({ slow }) => String(slow)),
    row('restarts (target 0)', ({ restarts }) => String(restarts)),
    row('events acknowledged, then dead letters (target 0)', ({ deadLetters }) => String(deadLetters)),
    row('control events sent, acknowledged, applied', ({ control }) =>
      [control.sent, control.acknowledged, control.applied].map(number).join(', '),
    ),
    row('slowest answer', ({ slowest }) => `${number(slowest.ms)} ms, ${slowest.route}`),
    row('largest answer', ({ largest }) => `${number(largest.bytes / 1000)} KB, ${largest.route}`),
    row('memory after a tenth, at the end, highest', ({ rssMb }) =>
      rssMb ? `${[rssMb.warm, rssMb.end, rssMb.highest].map(number).join(', ')} MB` : 'not readable',
    ),
  ]
  console.log(`${table(['', ...columns], rows)}\n\nSeed ${flags.seed}`)
  for (const [database, { violations }] of Object.entries(results)) {
    for (const { what, request } of violations) console.log(`\n${database}: ${what}\n${JSON.stringify(request)}`)
  }
  return Object.values(results).every(
    ({ wrong, slow, restarts, deadLetters, control, rssMb }) =>
      wrong === 0 &&
      slow === 0 &&
      restarts === 0 &&
      deadLetters === 0 &&
      control.acknowledged === control.sent &&
      control.applied === control.sent &&
      (rssMb?.highest ?? 0) < LARGEST_RSS_MB,
  )
}
