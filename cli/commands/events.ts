import type { Command } from 'commander'
import type { Replayed, ReplayedEvent } from '../../server/src/events/event-routes.ts'
import type { EventView } from '../../server/src/events/event-view.ts'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Page } from '../../server/src/platform/http/lists.ts'
import { idArgument, idOption } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { CommandError, EXIT, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

const BASE = '/api/v1/integrations/woocommerce/events'

type Event = Wire<EventView>

interface Filter {
  store?: number
  status?: string
  type?: string
  product?: number
}

/** `fiko events list|replay`. */
export function eventCommands(program: Command): void {
  const events = program.command('events').description('the event log')
  const filtered = (command: Command) =>
    command
      .option('--store <id>', 'of this store', idOption)
      .option('--status <status>', 'received, processed, superseded, retrying or dead')
      .option('--type <type>', 'such as product.updated')
      .option('--product <id>', 'of this WooCommerce product', idOption)
      .option('--json', 'for scripts', false)

  filtered(events.command('list'))
    .description('the newest events')
    .option('--limit <number>', 'how many, up to 200', idOption, 50)
    .action(async (options) => {
      await withServer(async (server) => {
        const query = new URLSearchParams({ limit: String(options.limit), ...asText(filterOf(options)) })
        const list = await server.request<Page<Event>>('GET', `${BASE}/?${query}`)
        show(list, options.json, () =>
          table(list.results, {
            id: (row: Event) => row.id,
            received: (row: Event) => row.received_at,
            store: (row: Event) => row.store.name,
            product: (row: Event) => row.woo_product_id,
            type: (row: Event) => row.event_type,
            status: (row: Event) => row.outcome ?? row.status,
            error: (row: Event) => row.error,
          }),
        )
      })
    })

  filtered(events.command('replay'))
    .description('try dead letters again: one by its id, or all of a filter')
    .argument('[id]', 'the event’s id', idArgument)
    .option('--all', 'every dead letter of the filter', false)
    .option('--dry-run', 'only say how many', false)
    .option('--yes', 'without asking', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        if (id !== undefined) {
          const event = await server.request<ReplayedEvent>('POST', `${BASE}/${id}/replay/`, {})
          show(event, options.json, () => `Event ${event.event_id} is tried again.`)
          return
        }
        if (!options.all && !options.dryRun) throw new CommandError('Name an event, or say --all.', EXIT.usage)
        const filter = filterOf(options)
        const asked = await server.request<Replayed>('POST', `${BASE}/replay/`, { ...filter, dry_run: true })
        if (options.dryRun || asked.matched === 0) {
          show(asked, options.json, () => `${asked.matched} dead letters match.`)
          return
        }
        await confirm(`Try ${asked.matched} dead letters again, with all their retries?`, options.yes)
        const done = await server.request<Replayed>('POST', `${BASE}/replay/`, filter)
        show(done, options.json, () => `${done.replayed} events are tried again.`)
      })
    })
}

function filterOf(options: Filter) {
  return {
    ...(options.store !== undefined && { store_id: options.store }),
    ...(options.status !== undefined && { status: options.status }),
    ...(options.type !== undefined && { event_type: options.type }),
    ...(options.product !== undefined && { woo_product_id: options.product }),
  }
}

function asText(filter: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)]))
}
