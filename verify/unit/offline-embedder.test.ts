import { expect, test } from 'vitest'
import { createOfflineEmbedder } from '../../server/src/knowledge/provider/offline-embedder.ts'

const signal = new AbortController().signal
const embedder = createOfflineEmbedder()

async function embed(text: string): Promise<Float32Array> {
  const {
    vectors: [vector],
  } = await embedder.embed([text], 'passage', signal)
  if (vector === undefined) throw new Error('no vector')
  return vector
}

async function similarity(one: string, other: string): Promise<number> {
  const [a, b] = [await embed(one), await embed(other)]
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? Number.NaN), 0)
}

test('the same text gets the same vector, from another embedder and for another purpose too', async () => {
  const text = 'کفش ورزشی مردانه'
  expect(await createOfflineEmbedder().embed([text, 'hat'], 'query', signal)).toEqual({
    vectors: [await embed(text), await embed('hat')],
    tokens: null,
  })
})

test('known vectors stay: a change of these needs a new model name', async () => {
  expect(embedder.profile.model).toBe('hashed-ngrams-1')
  const {
    vectors: [vector],
  } = await createOfflineEmbedder(4).embed(['red shoe'], 'passage', signal)
  expect([...(vector ?? [])].map((value) => value.toFixed(4))).toEqual(['-0.1711', '0.2963', '-0.4709', '0.8131'])
})

test.each(['', '!!!', '   ', 'و در به', '😀', '\ud800', 'word '.repeat(20_000), 'x'.repeat(100_000)])(
  'a vector has the length 1 and no NaN (case %#)',
  async (text) => {
    const vector = await embed(text)
    expect(vector).toHaveLength(384)
    expect(Math.hypot(...vector)).toBeCloseTo(1, 4)
  },
)

test('texts without words are alike', async () => {
  expect(await embed('')).toEqual(await embed('!?'))
})

test('shared words and similar spellings are nearer than other words', async () => {
  expect(await similarity('کفش‌های ورزشی', 'كفش ورزشي')).toBeCloseTo(1, 4)
  const shared = await similarity('red running shoe', 'blue running shoe')
  const misspelt = await similarity('headphones', 'headfones')
  const unrelated = await similarity('red running shoe', 'کتاب آشپزی')
  expect(shared).toBeGreaterThan(0.4)
  expect(misspelt).toBeGreaterThan(0.1)
  expect(Math.abs(unrelated)).toBeLessThan(0.1)
})

test('a word that occurs fifty times does not outweigh the others', async () => {
  expect(await similarity(`${'shoe '.repeat(50)} hat`, 'hat')).toBeGreaterThan(0.1)
})

test('an aborted call gives its reason and no vectors', async () => {
  await expect(embedder.embed(['hat'], 'query', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
})
