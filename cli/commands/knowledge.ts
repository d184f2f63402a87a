import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Reindexed } from '../../server/src/knowledge/profile-routes.ts'
import type { KnowledgeStats } from '../../server/src/operations/health-routes.ts'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { SearchAnswer, SearchResult } from '../../server/src/search/search-schemas.ts'
import { idOption } from '../arguments.ts'
import { withServer } from '../connection.ts'
import { progress, show, table } from '../output.ts'

type Result = Wire<SearchResult>

/** `fiko reindex` and `fiko search`. */
export function knowledgeCommands(program: Command): void {
  program
    .command('reindex')
    .description('embed every text again, and watch until it is done')
    .option('--store <id>', 'of this store only', idOption)
    .option('--no-wait', 'leave it to the running workers')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(
        async (server) => {
          const { texts } = await server.request<Reindexed>('POST', '/api/v1/knowledge/reindex/', {
            store_id: options.store,
          })
          const bar = progress('Embedding', options.json)
          let paused = 0
          for (let waiting = options.wait ? texts : 0; waiting > 0; ) {
            const stats = await server.request<KnowledgeStats>('GET', '/api/v1/knowledge/stats/')
            paused = stats.paused_embeddings
            waiting = stats.pending_embeddings - paused
            bar.update(Math.max(0, texts - stats.pending_embeddings), texts)
            if (waiting > 0) await pause(500)
          }
          bar.end()
          show({ texts, paused }, options.json, () => {
            if (!options.wait) return `${texts} texts will be embedded again.`
            if (paused === 0) return `${texts} texts were embedded again.`
            // The figure is that of all tenants, also of those whose texts were not asked for.
            return `${texts} texts were marked, and all that may be embedded were. ${paused} texts wait: the monthly budget of their tenant holds them back (see Settings).`
          })
        },
        { works: options.wait },
      )
    })

  program
    .command('search')
    .description('ask the knowledge base as an AI would')
    .argument('<query>')
    .option('--store <id>', 'in this store only', idOption)
    .option('--in-stock', 'only what is in stock')
    .option('--max-price <amount>')
    .option('--min-price <amount>')
    .option('--limit <number>', 'how many, up to 50', idOption, 10)
    .option('--json', 'for scripts', false)
    .action(async (query, options) => {
      await withServer(async (server) => {
        const parameters = new URLSearchParams({ q: query, limit: String(options.limit) })
        if (options.store !== undefined) parameters.set('store_id', String(options.store))
        if (options.inStock) parameters.set('in_stock', 'true')
        if (options.maxPrice !== undefined) parameters.set('max_price', options.maxPrice)
        if (options.minPrice !== undefined) parameters.set('min_price', options.minPrice)
        const answer = await server.request<Wire<SearchAnswer>>('GET', `/api/v1/knowledge/search/?${parameters}`)
        show(answer, options.json, () => {
          const found = table(answer.results, {
            relevance: (row: Result) => row.relevance.toFixed(2),
            id: (row: Result) => row.product.external_id,
            price: (row: Result) => (row.product.price ? `${row.product.price} ${row.product.currency}` : null),
            stock: (row: Result) => (row.product.in_stock ? 'yes' : 'no'),
            name: (row: Result) => row.product.name,
          })
          return answer.degraded ? `${found}\n(The embedding provider did not answer in time: words only.)` : found
        })
      })
    })
}
