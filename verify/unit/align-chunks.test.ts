import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alignChunks, type StoredChunk } from '../../server/src/knowledge/chunks/align-chunks.ts'

const rows = (hashes: string[]): StoredChunk[] =>
  hashes.map((textHash, index) => ({ id: index + 1, position: index, textHash }))
const wants = (hashes: string[]) => hashes.map((textHash) => ({ textHash }))

/** The chunks after an alignment: for each position its text, its row, and the text of its vector. */
function result(stored: StoredChunk[], hashes: string[]) {
  const alignment = alignChunks(stored, wants(hashes))
  const textOf = new Map(stored.map((row) => [row.id, row.textHash]))
  const places = [
    ...alignment.kept.map(({ id, position }) => ({ id, position, text: textOf.get(id), vectorOf: textOf.get(id) })),
    ...alignment.rewritten.map(({ id, position, chunk }) => ({
      id,
      position,
      text: chunk.textHash,
      vectorOf: textOf.get(id),
    })),
    ...alignment.inserted.map(({ position, chunk }) => ({
      id: null,
      position,
      text: chunk.textHash,
      vectorOf: undefined,
    })),
  ]
  return { alignment, places: places.sort((a, b) => a.position - b.position) }
}

const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 8 })

test('the result is exactly the wanted texts in their order, and every old row is used or removed', () => {
  fc.assert(
    fc.property(texts, texts, (old, wanted) => {
      const stored = rows(old)
      const { alignment, places } = result(stored, wanted)
      expect(places.map((place) => place.text)).toEqual(wanted)
      expect(places.map((place) => place.position)).toEqual(wanted.map((_, index) => index))
      const used = [...places.flatMap(({ id }) => (id === null ? [] : [id])), ...alignment.removed]
      expect(used.sort()).toEqual(stored.map((row) => row.id))
    }),
  )
})

test('an unchanged text keeps its vector in any new position, as often as it occurs', () => {
  const count = (list: string[], text: string) => list.filter((each) => each === text).length
  fc.assert(
    fc.property(texts, texts, (old, wanted) => {
      const { alignment, places } = result(rows(old), wanted)
      for (const text of new Set(wanted)) {
        const kept = places.filter((place) => place.text === text && place.vectorOf === text).length
        expect(kept).toBe(Math.min(count(old, text), count(wanted, text)))
      }
      const kept = [...new Set(wanted)].reduce((sum, text) => sum + Math.min(count(old, text), count(wanted, text)), 0)
      expect(alignment.kept).toHaveLength(kept)
    }),
  )
})

test('a row is removed only when there are fewer texts than before; until then an old vector is reused', () => {
  fc.assert(
    fc.property(texts, texts, (old, wanted) => {
      const { alignment } = result(rows(old), wanted)
      expect(alignment.removed).toHaveLength(Math.max(0, old.length - wanted.length))
      expect(alignment.inserted).toHaveLength(Math.max(0, wanted.length - old.length))
    }),
  )
})

test('a sentence put in front moves every chunk and rewrites none', () => {
  const { alignment } = result(rows(['a', 'b', 'c']), ['new', 'a', 'b', 'c'])
  expect(alignment.kept).toEqual([
    { id: 1, position: 1 },
    { id: 2, position: 2 },
    { id: 3, position: 3 },
  ])
  expect(alignment.rewritten).toEqual([])
  expect(alignment.inserted).toEqual([{ position: 0, chunk: { textHash: 'new' } }])
})
