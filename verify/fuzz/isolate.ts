/**
 * `npm run isolation`: 10,000 attempts to reach another tenant's things, half of them on each database. The server runs in
 * this process, because the rows are compared by SQL before and after, which the embedded database gives to one process only.
 */

import { freePort } from '../../scripts/free-port.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { startServer } from '../../server/src/server.ts'
import { number, table } from '../bench/report.ts'
import { openDatabaseOf } from './databases.ts'
import { readFlags } from './flags.ts'
import { type IsolationOutcome, runIsolation } from './isolation.ts'
import { ADMIN_API_KEY, UNLIMITED } from './people.ts'

const SHOWN = 20

const flags = readFlags('isolation', { attempts: 10_000 })
const outcomes: Record<string, IsolationOutcome> = {}
for (const database of flags.databases) {
  const { settings, close } = await openDatabaseOf(database)
  try {
    outcomes[database] = await runOn(settings)
  } finally {
    await close()
  }
}
process.exitCode = report(outcomes) ? 0 : 1

async function runOn(settings: Record<string, string>): Promise<IsolationOutcome> {
  const port = String(await freePort())
  const config = { PORT: port, ADMIN_API_KEY, EMBEDDING_PROVIDER: 'offline', ...UNLIMITED, ...settings }
  const server = await startServer(readConfig(config), createLog('fatal'))
  const { db } = server
  try {
    return await runIsolation({
      url: server.address,
      sql: (text, values = []) => db.owner.query(text, values),
      settled: async () => {
        for (;;) {
          const [row] = await db.owner.query<{ open: number }>(
            `select ((select count(*) from events where status in ('received', 'retrying'))
                   + (select count(*) from products where is_active and chunked_hash is distinct from content_hash)
                   + (select count(*) from knowledge_chunks where embedding_status = 'pending'))::int as open`,
          )
          if (row?.open === 0) return
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      },
      attempts: Math.ceil(flags.count / flags.databases.length),
      seed: flags.seed,
    })
  } finally {
    await server.stop()
  }
}

/** True when nothing of the other tenant was found, told apart or changed. */
function report(results: Record<string, IsolationOutcome>): boolean {
  const all = Object.values(results)
  const routes = [...new Set(all.flatMap(({ byRoute }) => Object.keys(byRoute)))]
  const row = (title: string, of: (outcome: IsolationOutcome) => number) => [
    title,
    ...all.map((each) => number(of(each))),
  ]
  console.log(
    table(
      ['', ...Object.keys(results)],
      [
        row('attempts', ({ attempts }) => attempts),
        row('answers with something of the other tenant (target 0)', ({ found }) => found.length),
        row('answers that tell what exists (target 0)', ({ toldApart }) => toldApart.length),
        row('tables with changed rows (target 0)', ({ changed }) => changed.length),
        row('routes that show the same to its owner', ({ shownToOwner }) => shownToOwner),
        ...routes.map((name) => row(name, ({ byRoute }) => byRoute[name] ?? 0)),
      ],
    ),
  )
  console.log(`\nSeed ${flags.seed}`)
  for (const [database, { found, toldApart, changed }] of Object.entries(results)) {
    for (const line of [found, toldApart, changed].flatMap((lines) => lines.slice(0, SHOWN)))
      console.log(`\n${database}: ${line}`)
  }
  return all.every(({ found, toldApart, changed }) => found.length + toldApart.length + changed.length === 0)
}
