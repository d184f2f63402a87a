import { readConfig } from '../../../server/src/platform/config.ts'
import { openDatabase } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { startQueue } from '../../../server/src/platform/runtime/queue.ts'
import { testDatabase } from '../../conformance/database.ts'
import { testQueue } from '../../conformance/queue.ts'
import { databaseKind, freshDatabase } from '../../support/test-server.ts'

const log = createLog('silent')

async function open() {
  const fresh = await freshDatabase('prepared')
  const db = await openDatabase(readConfig(fresh.env), log)
  const close = db.close.bind(db)
  return Object.assign(db, {
    close: async () => {
      await close()
      await fresh.remove()
    },
  })
}

testDatabase(databaseKind, open)

testQueue(`pg-boss on ${databaseKind}`, async () => {
  const db = await open()
  const queue = await startQueue(db, log)
  const close = async () => {
    await queue.stop()
    await db.close()
  }
  return { db, queue, close }
})
