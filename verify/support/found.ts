import type { Answer } from './test-server.ts'

/** The products of a search's answer, best first, by their ids in the shop (`woo_…`). */
export function foundIds(answer: Answer): string[] {
  return answer.body.results.map((result: { product: { external_id: string } }) => result.product.external_id)
}
