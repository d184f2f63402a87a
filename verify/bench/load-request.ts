/** The request of the acknowledgement benchmark, as bytes: one event of 2 KB, in which only the ids change. */

import { createRandom } from '../../scripts/random.ts'
import { makeProduct } from './products.ts'

/** Stands where the id goes; as wide as every id, and nothing else in the body looks like it. */
const PLACEHOLDER = '7777777777'
const BODY_BYTES = 2048

const body = makeBody()

export const bodyLength = body.length

/** A Persian product, its description filled up to the wanted size. Its name carries the id, so that no two texts are equal. */
function makeBody(): Buffer {
  const { product } = makeProduct(1, createRandom(20_251_110))
  const event = (description: string) =>
    Buffer.from(
      JSON.stringify({
        event_id: `wc_bench_${PLACEHOLDER}`,
        event_type: 'product.updated',
        version: 1_762_768_200_123_456,
        source: 'live',
        product: {
          ...product,
          id: Number(PLACEHOLDER),
          sku: 'BENCH',
          name: `کاپشن زمستانی ${PLACEHOLDER}`,
          description,
        },
      }),
    )
  const random = createRandom(1)
  let description = product.description
  for (let more = makeProduct(1, random).sentences; more.length > 0; more = more.slice(1)) {
    const longer = `${description}\n<p>${more[0]}</p>`
    if (event(longer).length > BODY_BYTES) break
    description = longer
  }
  return event(description + ' '.repeat(Math.max(0, BODY_BYTES - event(description).length)))
}

export interface Request {
  /**
   * The bytes of the request with this ten-digit id, and in a batch with the ids that follow it. The same buffer every time: one
   * request at a time.
   */
  withId(id: number): Buffer
}

interface Target {
  url: string
  path: string
  token: string
  /** Number of events; more than 1 makes the body of a batch. */
  batch?: number
}

export function createRequest({ url, path, token, batch = 1 }: Target): Request {
  const all = batch === 1 ? body : Buffer.from(`{"events":[${Array(batch).fill(body.toString()).join(',')}]}`)
  const head =
    `POST ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${all.length}\r\n\r\n`
  const bytes = Buffer.concat([Buffer.from(head), all])
  const places: number[] = []
  for (let at = bytes.indexOf(PLACEHOLDER); at >= 0; at = bytes.indexOf(PLACEHOLDER, at + 1)) places.push(at)
  const placesOfOne = places.length / batch
  return {
    withId: (id) => {
      for (const [order, place] of places.entries()) {
        bytes.write(String(id + Math.floor(order / placesOfOne)), place, 'latin1')
      }
      return bytes
    },
  }
}
