import type { Command } from 'commander'
import type {
  FeedCoverage,
  Feed as ServerFeed,
  ShownFeed as ServerShownFeed,
} from '../../server/src/feeds/feed-schemas.ts'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import { idArgument } from '../arguments.ts'
import { listAll, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

type Feed = Wire<ServerFeed>
type ShownFeed = Wire<ServerShownFeed>

const PATH = '/api/v1/feeds/'

/** `fiko feed list|make|rotate|revoke|coverage`. */
export function feedCommands(program: Command): void {
  const feed = program.command('feed').description('files with a store’s products for Google, ChatGPT and Torob')

  feed
    .command('list')
    .description('the feeds, without their addresses')
    .option('--store <id>', 'the store’s id', idArgument)
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const all = await listAll<Feed>(server, PATH)
        const results = all.filter(({ store }) => options.store === undefined || store.id === options.store)
        show(results, options.json, () =>
          table(results, {
            id: (row: Feed) => row.id,
            kind: (row: Feed) => row.kind,
            store: (row: Feed) => row.store.name,
            address: (row: Feed) => row.token_preview,
            'last read': (row: Feed) => row.last_read_at ?? 'never',
            reads: (row: Feed) => row.reads,
          }),
        )
      })
    })

  feed
    .command('make')
    .description('make a feed; its address is shown only now')
    .argument('<store>', 'the store’s id', idArgument)
    .argument('<kind>', 'google, acp, llms or torob')
    .option('--country <code>', 'the target country, such as IR')
    .option('--language <code>', 'only products in this language, such as fa')
    .option('--currency <code>', 'only products in this currency, such as IRR')
    .option('--json', 'for scripts', false)
    .action(async (store, kind, options) => {
      await withServer(async (server) => {
        const made = await server.request<ShownFeed>('POST', PATH, {
          store_id: store,
          kind,
          ...(options.country !== undefined && { target_country: options.country }),
          ...(options.language !== undefined && { language: options.language }),
          ...(options.currency !== undefined && { currency: options.currency }),
        })
        show(made, options.json, () => addressesOf(made))
      })
    })

  feed
    .command('rotate')
    .description('give a feed a new address; the old one ends at once')
    .argument('<id>', 'the feed’s id', idArgument)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        const made = await server.request<ShownFeed>('POST', `${PATH}${id}/rotate/`)
        show(made, options.json, () => addressesOf(made))
      })
    })

  feed
    .command('revoke')
    .description('end a feed at once')
    .argument('<id>', 'the feed’s id', idArgument)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        await server.request('DELETE', `${PATH}${id}/`)
        show({ id, revoked: true }, options.json, () => `Feed ${id} is revoked.`)
      })
    })

  feed
    .command('coverage')
    .description('how many products a feed has, and which it leaves out')
    .argument('<id>', 'the feed’s id', idArgument)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        const coverage = await server.request<FeedCoverage>('GET', `${PATH}${id}/coverage/`)
        show(coverage, options.json, () => {
          const { included, products, items, left_out: leftOut } = coverage
          const reasons = leftOut.map(({ reason, products: count, examples }) => {
            const names = examples.map(({ name }) => name).join(', ')
            return `  ${reason}: ${count} (${names})`
          })
          return [`Feed ${id} has ${included} of ${products} products, in ${items} lines.`, ...reasons].join('\n')
        })
      })
    })
}

function addressesOf({ id, addresses }: ShownFeed): string {
  return [`Feed ${id}. Copy the address now; it is not shown again:`, ...addresses].join('\n')
}
