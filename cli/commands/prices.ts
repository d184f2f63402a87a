import type { Command } from 'commander'
import type { PriceList } from '../../server/src/knowledge/cost/cost-routes.ts'
import { CommandError, EXIT, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

type Price = PriceList['results'][number]

const PATH = '/api/v1/knowledge/prices/'

/** `fiko prices list|set|unset`. */
export function pricesCommands(program: Command): void {
  const prices = program.command('prices').description('what a million tokens of an embedding model cost')

  prices
    .command('list', { isDefault: true })
    .description('the known prices with their source, and that of the model in use')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const list = await server.request<PriceList>('GET', PATH)
        showPrices(list, options.json)
      })
    })

  prices
    .command('set')
    .description('set the own price of a model; it wins over the published one')
    .argument('<model>', 'such as bge-m3')
    .argument('<dollars>', 'US dollars per million tokens, such as 0.02')
    .option('--json', 'for scripts', false)
    .action(async (model: string, dollars: string, options) => {
      await change((own) => new Map([...own, [model, dollars]]), options.json)
    })

  prices
    .command('unset')
    .description('remove own prices; the published ones count again')
    .argument('<models...>', 'such as bge-m3')
    .option('--json', 'for scripts', false)
    .action(async (models: string[], options) => {
      await change((own) => {
        const unknown = models.filter((model) => !own.has(model))
        if (unknown.length > 0) throw new CommandError(`${unknown.join(', ')}: there is no own price.`, EXIT.usage)
        return new Map([...own].filter(([model]) => !models.includes(model)))
      }, options.json)
    })
}

/** Replaces the own prices by what `to` makes of them. */
async function change(to: (own: Map<string, string>) => Map<string, string>, isJson: boolean): Promise<void> {
  await withServer(async (server) => {
    const { results } = await server.request<PriceList>('GET', PATH)
    const own = results.filter(({ source }) => source === 'operator')
    const wanted = to(new Map(own.map(({ model, usd_per_million_tokens: price }) => [model, price])))
    const prices = [...wanted].map(([model, price]) => ({ model, usd_per_million_tokens: price }))
    showPrices(await server.request<PriceList>('PUT', PATH, { prices }), isJson)
  })
}

function showPrices(list: PriceList, isJson: boolean): void {
  const { in_use: used } = list
  show(list, isJson, () =>
    [
      table(list.results, {
        model: (row: Price) => row.model,
        'US dollars per million tokens': (row: Price) => row.usd_per_million_tokens,
        source: (row: Price) => row.source,
      }),
      `In use: ${used.model}, ${used.usd_per_million_tokens ?? 'price unknown'} (${used.source})`,
    ].join('\n'),
  )
}
