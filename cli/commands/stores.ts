import type { Command } from 'commander'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Store as ServerStore } from '../../server/src/stores/store-schemas.ts'
import { idArgument } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { listAll, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

type Store = Wire<ServerStore>

/** `fiko store list|delete`. */
export function storeCommands(program: Command): void {
  const store = program.command('store').description('shops')

  store
    .command('list')
    .description('all stores')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const results = await listAll<Store>(server, '/api/v1/stores/')
        show(results, options.json, () =>
          table(results, {
            id: (row: Store) => row.id,
            name: (row: Store) => row.name,
            owner: (row: Store) => row.user.email,
            environment: (row: Store) => row.environment,
            state: (row: Store) => row.sync.state,
            attention: (row: Store) => row.sync.attention,
            products: (row: Store) => row.products,
            'last contact': (row: Store) => row.last_contact_at,
            plugin: (row: Store) => row.plugin && `${row.plugin.version} ${row.plugin.state}`,
          }),
        )
      })
    })

  store
    .command('delete')
    .description('end a store: its tokens, its products in every result, its open events')
    .argument('<id>', 'the store’s id', idArgument)
    .option('--yes', 'without asking', false)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        await confirm(`Delete store ${id}? The AI will know none of its products.`, options.yes)
        await server.request('DELETE', `/api/v1/stores/${id}/`)
        show({ id, deleted: true }, options.json, () => `Store ${id} is deleted.`)
      })
    })
}
