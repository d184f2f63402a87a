/** A measured system: it answers a text with product ids. */

import type { WebhookProduct } from '../../../demo/catalogue.ts'
import type { BenchServer } from '../bench-servers.ts'
import { anEvent, connectShop } from '../shop.ts'

export interface Found {
  /** Best first. */
  ids: number[]
  /** The system's own verdict; null for a system without one. */
  answered: boolean | null
}

export interface System {
  name: string
  /** @throws {Error} when it fails; to find nothing is no failure */
  search(text: string, limit: number): Promise<Found>
  close(): Promise<void>
}

/** As many as the shop's plugin sends at once. */
const BATCH_SIZE = 100
const SEARCHABLE_WITHIN_MS = 600_000
const SEARCH_PATH = '/api/v1/knowledge/search/'
/** The parameter that chooses an arm of the search, where a server has it. */
const MODE_PARAMETER = 'mode'

/** Sends the products as a shop does and resolves, with the seconds it took, when all of them can be found. */
export async function loadProducts(server: BenchServer, products: WebhookProduct[]): Promise<number> {
  const shop = connectShop(server.url, await server.makeToken())
  const events = products.map((product) => anEvent('backfill', product))
  const startedAt = performance.now()
  for (let i = 0; i < events.length; i += BATCH_SIZE) await shop.sendBatch(events.slice(i, i + BATCH_SIZE))
  await shop.searchable(events, SEARCHABLE_WITHIN_MS)
  return (performance.now() - startedAt) / 1000
}

/** Our server over HTTP; and each of its modes apart, when it has the parameter for it. */
export async function ourServer(server: BenchServer): Promise<System[]> {
  const headers = { authorization: `Bearer ${await server.makeToken({ type: 'knowledge' })}` }
  const system = (name: string, mode: string | null): System => ({
    name,
    search: async (text, limit) => {
      const asked = new URLSearchParams({ q: text, limit: String(limit), ...(mode && { [MODE_PARAMETER]: mode }) })
      const response = await fetch(`${server.url}${SEARCH_PATH}?${asked}`, { headers })
      const body = await response.text()
      // A text without any word may be refused; that is an answer.
      if (response.status === 400) return { ids: [], answered: false }
      if (!response.ok) throw new Error(`“${text}” was answered ${response.status}: ${body.slice(0, 300)}`)
      const answer = JSON.parse(body) as { results: { product: { external_id: string } }[]; answered?: boolean }
      const ids = answer.results.map(({ product }) => Number(product.external_id.replace('woo_', '')))
      return { ids: [...new Set(ids)], answered: answer.answered ?? null }
    },
    close: async () => {},
  })
  const modes = await modesOf(server.url)
  return [system('ours', null), ...modes.map((mode) => system(`ours, ${mode}`, mode))]
}

/** The values of the parameter in the server's own description; none when it has no such parameter. */
async function modesOf(url: string): Promise<string[]> {
  const description = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, { get?: { parameters?: { name: string; schema: unknown }[] } }>
  }
  const parameters = description.paths[SEARCH_PATH]?.get?.parameters ?? []
  const schema = parameters.find(({ name }) => name === MODE_PARAMETER)?.schema as
    | { enum?: string[]; anyOf?: { const?: string; enum?: string[] }[] }
    | undefined
  return schema?.enum ?? schema?.anyOf?.flatMap((one) => one.enum ?? (one.const ? [one.const] : [])) ?? []
}
