/** The cost of a wake-up in the transaction that stores an event: with pg-boss, with a table and NOTIFY of our own, and without. */
import { readConfig } from '../../server/src/platform/config.ts'
import { openDatabase, type Sql } from '../../server/src/platform/db/database.ts'
import { migrate } from '../../server/src/platform/db/migrate.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { startQueue } from '../../server/src/platform/runtime/queue.ts'
import type { BenchDatabase } from './bench-servers.ts'
import { median, table } from './report.ts'

const ROUNDS = 7
const TRANSACTIONS = 300
const WARM_UP = 100

export async function benchWakeUps(database: BenchDatabase): Promise<void> {
  const installation = await database.create()
  const log = createLog('silent')
  const db = await openDatabase(readConfig(installation.settings), log)
  try {
    await migrate(db, log)
    const queue = await startQueue(db, log)
    await db.owner.query('create table bench_rows (id bigint generated always as identity primary key, body text)')
    await db.owner.query('create table bench_wake_ups (stage text primary key, at timestamptz not null)')
    const ways: Record<string, (tx: Sql) => Promise<unknown>> = {
      'no wake-up': async () => {},
      'pg-boss': (tx) => queue.wake(tx, 'apply'),
      'one row a stage, and NOTIFY': async (tx) => {
        await tx.query(
          `insert into bench_wake_ups values ('apply', now()) on conflict (stage) do update set at = excluded.at`,
        )
        await tx.query(`select pg_notify('bench', 'apply')`)
      },
    }
    const times = new Map(Object.keys(ways).map((way) => [way, [] as number[]]))
    for (let round = -1; round < ROUNDS; round++) {
      for (const [way, wake] of Object.entries(ways)) {
        const cpu = process.cpuUsage()
        const startedAt = performance.now()
        const count = round < 0 ? WARM_UP : TRANSACTIONS
        // 16 at a time, as receipts come; the row of a stage is then a lock that all of them want.
        for (let at = 0; at < count; at += 16) {
          await Promise.all(
            Array.from({ length: Math.min(16, count - at) }, () =>
              db.owner.transaction(async (tx) => {
                await tx.query(`insert into bench_rows (body) values (repeat('x', 2000))`)
                await wake(tx)
              }),
            ),
          )
        }
        const { user, system } = process.cpuUsage(cpu)
        if (round >= 0) times.get(way)?.push((performance.now() - startedAt) / count, (user + system) / 1000 / count)
      }
    }
    const rows = [...times].map(([way, both]) => {
      const [elapsed, cpu] = [both.filter((_, at) => at % 2 === 0), both.filter((_, at) => at % 2 === 1)]
      return [way, median(elapsed).toFixed(2), median(cpu).toFixed(2)]
    })
    console.log(`### Wake-ups\n\n${table(['a transaction of one row and', 'ms', 'ms of CPU in the server'], rows)}\n`)
    await queue.stop()
  } finally {
    await db.close()
    await installation.remove()
  }
}
