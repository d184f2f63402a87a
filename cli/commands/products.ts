import type { Command } from 'commander'
import type { ProductView } from '../../server/src/catalog/products/product-view.ts'
import type { VersionReset } from '../../server/src/catalog/products/reset-version.ts'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Page } from '../../server/src/platform/http/lists.ts'
import { idArgument, idOption } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { withServer } from '../connection.ts'
import { show, table } from '../output.ts'

const BASE = '/api/v1/web-knowledge/products'

type Product = Wire<ProductView>

/** `fiko product list|reset-version`. */
export function productCommands(program: Command): void {
  const product = program.command('product').description('what is known of the shops’ catalogues')

  product
    .command('list')
    .description('products, the last changed first')
    .option('--store <id>', 'of this store', idOption)
    .option('--search <words>', 'with these words')
    .option('--limit <number>', 'how many, up to 200', idOption, 50)
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const query = new URLSearchParams({ limit: String(options.limit) })
        if (options.store !== undefined) query.set('store_id', String(options.store))
        if (options.search !== undefined) query.set('search', options.search)
        const list = await server.request<Page<Product>>('GET', `${BASE}/?${query}`)
        show(list, options.json, () =>
          table(list.results, {
            id: (row: Product) => row.id,
            store: (row: Product) => row.store.name,
            'in the shop': (row: Product) => row.external_id,
            shown: (row: Product) => (row.is_active ? 'yes' : 'no'),
            name: (row: Product) => row.name,
          }),
        )
      })
    })

  product
    .command('reset-version')
    .description('apply the next event of a product, with any version: for a product that takes no change any more')
    .argument('<id>', 'the product’s id, as `fiko product list` shows it', idArgument)
    .option('--yes', 'without asking', false)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        await confirm(`Set the version of product ${id} back to 0? The next event of it is then applied.`, options.yes)
        const reset = await server.request<VersionReset>('POST', `${BASE}/${id}/reset-version/`, {})
        show(
          reset,
          options.json,
          () =>
            `The version of ${reset.external_id} was ${reset.previous_version} and is 0. Change the product in the shop to have it sent.`,
        )
      })
    })
}
