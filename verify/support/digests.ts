import { createHash } from 'node:crypto'

/** The shop's data of a product that it shows. */
export interface ShownProduct {
  id: number
  hash: string
}

/** A range as a shop describes it: how many of its products lie in it, and the XOR of md5(`id:hash`). */
export function rangeOf(products: ShownProduct[], from: number, to: number) {
  const inside = products.filter(({ id }) => id >= from && id <= to)
  const digest = Buffer.alloc(16)
  for (const { id, hash } of inside) {
    for (const [at, byte] of createHash('md5').update(`${id}:${hash}`).digest().entries()) {
      digest.writeUInt8(digest.readUInt8(at) ^ byte, at)
    }
  }
  return { from, to, count: inside.length, digest: digest.toString('hex') }
}
