import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalBody } from '../../server/src/ingest/canonical-json.ts'
import { Problem } from '../../server/src/platform/errors.ts'
import { parseExactJson } from '../../server/src/platform/http/exact-json.ts'

test('equal bodies have one text and one hash, in any order of their keys', () => {
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

test('a number that cannot be stored exactly is refused with the name of its field', () => {
  const body = parseExactJson(Buffer.from('{"vendor":{"ratings":[1,1e400]}}')) as object
  expect(() => canonicalBody(body)).toThrow(Problem)
  expect(() => canonicalBody(body)).toThrow(/ratings: the number 1e400/)
})

test('every well-formed body stays unchanged', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })), (body) => {
      fc.pre(!/\\u0000|__proto__/.test(JSON.stringify(body)))
      expect(JSON.parse(canonicalBody(body).text.toString())).toEqual(JSON.parse(JSON.stringify(body)))
    }),
  )
})

const problemOf = (body: object, maxBytes?: number): Problem => {
  try {
    canonicalBody(body, maxBytes)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it should have been refused')
}

test.each([
  ['numbers that are written out', (count: number) => ({ a: Array(count).fill(1e20) })],
  ['small numbers', (count: number) => ({ a: Array(count).fill(1e-6) })],
  ['numbers by name', (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1e20]))],
  ['texts of three bytes a character', (count: number) => ({ a: '\u2028'.repeat(count * 7) })],
  ['control characters', (count: number) => ({ a: '\u0001'.repeat(count * 4) })],
  ['lone surrogates', (count: number) => ({ a: '\ud800'.repeat(count * 7) })],
  ['long keys', (count: number) => ({ ['é'.repeat(count * 11)]: 1 })],
  ['lists', (count: number) => ({ a: Array(count * 7).fill([]) })],
])('a text is as large as is allowed, or refused with 413: %s', (_what, make) => {
  const { length } = canonicalBody(make(1_000), 1_000_000).text
  expect(length).toBeGreaterThan(5_000)
  expect(canonicalBody(make(1_000), length).text).toHaveLength(length)
  expect([problemOf(make(1_000), length - 1).status, problemOf(make(1_000), length - 1).code]).toEqual([
    413,
    'too_large',
  ])
  expect(problemOf(make(200_000)).code).toBe('too_large')
})

test('the long name of a field with an inexact number is shortened', () => {
  const body = parseExactJson(Buffer.from(`{"${'k'.repeat(100_000)}":1e400}`)) as object
  expect(problemOf(body).issues[0]?.path).toHaveLength(100)
})
