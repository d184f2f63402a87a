/** How ready catalogues are for agents, by the rules of `readiness`: the demo's, and events of a real shop. */
import { readFileSync } from 'node:fs'
import { catalogue } from '../../demo/catalogue.ts'
import { readProduct } from '../../server/src/catalog/products/product-state.ts'
import { LACKS, readiness } from '../../server/src/catalog/products/readiness.ts'
import type { WebhookEvent } from '../../server/src/ingest/event-schema.ts'
import { readEvent } from '../../server/src/ingest/read-event.ts'
import { number, table } from './report.ts'

/** Prints the average score of each catalogue and how many of its products lack what. `READINESS_EVENTS` names a file with a webhook event in each line. */
export function benchReadiness(): void {
  const file = process.env.READINESS_EVENTS
  const catalogues: [name: string, events: unknown[]][] = [
    ['demo', catalogue.map((product) => ({ event_id: 'x', event_type: 'product.updated', product }))],
    ...(file === undefined ? [] : [[file.split('/').at(-1) ?? file, readLines(file)] satisfies [string, unknown[]]]),
  ]
  const columns = catalogues.map(([, events]) => {
    const results = events.filter(isUpdate).map(({ product }) => readiness(readProduct(product)))
    const mean = results.reduce((sum, { score }) => sum + score, 0) / results.length
    const lacking = LACKS.map((lack) => number(results.filter(({ missing }) => missing.includes(lack)).length))
    return [number(results.length), mean.toFixed(0), ...lacking]
  })
  console.log('### Readiness\n')
  const titles = ['products', 'average score', ...LACKS]
  console.log(
    table(
      ['', ...catalogues.map(([name]) => name)],
      titles.map((title, at) => [title, ...columns.map((column) => column[at] ?? '')]),
    ),
  )
}

/** An event that the webhook takes and that carries a product; throws as the webhook refuses. */
function isUpdate(event: unknown): event is WebhookEvent {
  return readEvent(event).eventType !== 'product.deleted'
}

function readLines(file: string): unknown[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line))
}
