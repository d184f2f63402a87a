/**
 * The process that `verify/bench/durability.ts` watches: opens the embedded database as the server does, and says when each part begins.
 * Arguments: directory, `on` or `off` (EMBEDDED_FSYNC).
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { openEmbedded } from '../../server/src/platform/db/database-embedded.ts'
import { createLog } from '../../server/src/platform/log.ts'

const [directory = '', fsync = 'off'] = process.argv.slice(2)
const db = await openEmbedded(directory, fsync === 'on', createLog('silent'))
await db.script('create table if not exists acknowledged (id int primary key, text text)')

/** One row a transaction, as large as an event. */
const write = async (from: number, count: number) => {
  for (let id = from; id < from + count; id++) {
    await db.owner.query('insert into acknowledged values ($1, $2)', [id, String(id).repeat(500).slice(0, 2_000)])
  }
}
const commands: Record<string, (from: number, count: number) => Promise<unknown>> = {
  write,
  checkpoint: () => db.script('checkpoint'),
}

process.stderr.write('ready\n')
const lines = createInterface(process.stdin)
lines.on('line', (line) => {
  const [name = '', from, count] = line.split(' ')
  void commands[name]?.(Number(from), Number(count)).then(() => process.stderr.write(`done ${name}\n`))
})
await once(lines, 'close')
await db.close()
