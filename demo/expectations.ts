import { isDeepStrictEqual } from 'node:util'

/** Something that the tour promised did not come true. */
export class Unexpected extends Error {
  readonly expected: string
  readonly found: string

  constructor(expected: string, found: string) {
    super(`expected ${expected}, found ${found}`)
    this.expected = expected
    this.found = found
  }
}

export function expect(expected: string, holds: boolean, found: unknown): void {
  if (!holds) throw new Unexpected(expected, typeof found === 'string' ? found : JSON.stringify(found))
}

export function expectEqual(what: string, wanted: unknown, found: unknown): void {
  expect(`${what}: ${JSON.stringify(wanted)}`, isDeepStrictEqual(wanted, found), found)
}
