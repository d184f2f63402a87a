import { describe, expect, test } from 'vitest'
import type { Embedder } from '../../server/src/knowledge/provider/embedder.ts'

const TEXTS = ['Red winter jacket', 'کفش ورزشی مردانه', '', 'x'.repeat(5_000), '👟 "quoted" <b>']

/** Tests of `Embedder`. `open` gives one whose provider answers. */
export function testEmbedder(name: string, open: () => Promise<Embedder>): void {
  describe(`the embedder ${name}`, () => {
    const never = new AbortController().signal

    test('its profile identifies the vectors, and a call takes at least one text', async () => {
      const { profile, maxBatch } = await open()
      expect(profile.model).not.toBe('')
      expect(profile.dimensions).toBeGreaterThan(0)
      expect(maxBatch).toBeGreaterThan(0)
    })

    test.each(['passage', 'query'] as const)(
      'each %s gets one finite vector of the profile’s size, in order',
      async (purpose) => {
        const embedder = await open()
        const texts = TEXTS.slice(0, embedder.maxBatch)
        const together = (await embedder.embed(texts, purpose, never)).vectors
        expect(together).toHaveLength(texts.length)
        for (const [at, vector] of together.entries()) {
          expect(vector).toHaveLength(embedder.profile.dimensions)
          expect(vector.every((value) => Number.isFinite(value))).toBe(true)
          const [alone] = (await embedder.embed([texts[at] ?? ''], purpose, never)).vectors
          expect(alone).toEqual(vector)
        }
      },
    )

    test('tokens are a count or null', async () => {
      const { tokens } = await (await open()).embed(['one'], 'passage', never)
      expect(tokens === null || (Number.isInteger(tokens) && tokens >= 0)).toBe(true)
    })

    test('a call that was aborted rejects with the reason', async () => {
      const controller = new AbortController()
      controller.abort(new Error('stopped'))
      await expect((await open()).embed(['one'], 'query', controller.signal)).rejects.toThrow('stopped')
    })
  })
}
