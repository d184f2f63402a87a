import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalBody } from '../../src/ingest/canonical-json.ts'
import { Problem } from '../../src/platform/errors.ts'
import { parseExactJson } from '../../src/platform/exact-json.ts'

test('equal bodies have one text and one hash, whatever the order of their keys', () => {
  const one = canonicalBody({ b: [{ y: 1, x: 2 }], a: 'متن' })
  const other = canonicalBody({ a: 'متن', b: [{ x: 2, y: 1 }] })
  expect(one).toEqual(other)
  expect(one.text.toString()).toBe('{"a":"متن","b":[{"x":2,"y":1}]}')
  expect(one.hash).toMatch(/^[0-9a-f]{64}$/)
})

test('bodies that differ have another hash: in a value, a type, an order of items, an absent field', () => {
  const bodies = [{ a: [1, 2] }, { a: [2, 1] }, { a: ['1', 2] }, { a: [1, 2], b: null }, { a: [12] }, {}]
  expect(new Set(bodies.map((body) => canonicalBody(body).hash)).size).toBe(bodies.length)
})

test('NUL is left out and a lone surrogate becomes U+FFFD, in values and keys alike', () => {
  const { text } = canonicalBody({ 'k\0ey': ['a\0b', { 'x\ud800': '\udfff!' }], good: '😀\ud83d\ude00' })
  expect(JSON.parse(text.toString())).toEqual({ key: ['ab', { 'x\ufffd': '\ufffd!' }], good: '😀😀' })
})

test('a repaired body is recognised when it is delivered again', () => {
  expect(canonicalBody({ a: 'x\0', b: 1 }).hash).toBe(canonicalBody({ b: 1, a: 'x\0' }).hash)
})

test('text that only looks like an escape is not repaired', () => {
  const body = { a: String.raw`\u0000 \ud800`, b: '\u200c\u200f' }
  expect(JSON.parse(canonicalBody(body).text.toString())).toEqual(body)
})

test('a number that cannot be kept is refused with the name of its field', () => {
  const body = parseExactJson(Buffer.from('{"vendor":{"ratings":[1,1e400]}}')) as object
  expect(() => canonicalBody(body)).toThrow(Problem)
  expect(() => canonicalBody(body)).toThrow(/ratings: the number 1e400/)
})

test('every well-formed body survives as it is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })), (body) => {
      fc.pre(!/\\u0000|__proto__/.test(JSON.stringify(body)))
      expect(JSON.parse(canonicalBody(body).text.toString())).toEqual(JSON.parse(JSON.stringify(body)))
    }),
  )
})
