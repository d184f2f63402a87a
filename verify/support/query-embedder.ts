import { createPrices } from '../../server/src/knowledge/cost/prices.ts'
import { followModel } from '../../server/src/knowledge/model-in-use.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import type { Database } from '../../server/src/platform/db/database.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { createQueryEmbedder, type QueryEmbedder } from '../../server/src/search/vectors/embed-query.ts'

/** The query embedder of another process over this database, without its HTTP. */
export async function openQueryEmbedder(db: Database, env: Record<string, string>): Promise<QueryEmbedder> {
  const config = readConfig(env)
  const log = createLog('silent')
  const model = await followModel(db, config, log)
  const prices = createPrices(db.service, config.embedding)
  const queries = createQueryEmbedder({ db, model, prices, config: config.embedding, log })
  return {
    ...queries,
    stop: async () => {
      await queries.stop()
      await model.stop()
    },
  }
}
