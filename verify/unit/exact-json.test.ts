import { expect, test } from 'vitest'
import { Problem } from '../../server/src/platform/errors.ts'
import { InexactNumber, parseExactJson } from '../../server/src/platform/http/exact-json.ts'

const parse = (text: string | Uint8Array) => parseExactJson(Buffer.from(text as string))

function refusal(text: string | Uint8Array): Problem {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it should have been refused')
}

test('ordinary JSON is what JSON.parse says it is', () => {
  const value = { a: [1, -2.5, 1e3, 0, null, true, 'x\u200c😀\u0000'], version: 1762768200123456, کلید: '…' }
  expect(parse(JSON.stringify(value))).toEqual(value)
  expect(parse(' [ ] \n')).toEqual([])
})

test('a byte order mark is taken off, once', () => {
  expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 })
  expect(refusal('\ufeff\ufeff{"a":1}').code).toBe('malformed_json')
})

test.each(['', '{', '{"a":1} x', '{"a":1}{"b":2}', "{'a':1}", '{"a":NaN}', '{"a":Infinity}', '{"a":01}', '[1,]', '\0'])(
  'input that is not JSON is refused: %j',
  (text) => {
    const problem = refusal(text)
    expect([problem.status, problem.code]).toEqual([400, 'malformed_json'])
  },
)

test.each([
  ['a cut character', [0x22, 0xd8, 0x22]],
  ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['UTF-16', [...Buffer.from('{"نام":1}', 'utf16le')]],
])('bytes that are not UTF-8 are refused: %s', (_what, bytes) => {
  expect(refusal(Uint8Array.from(bytes)).status).toBe(400)
})

test('32 levels are taken, 33 are refused, and brackets in texts are not levels', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  expect(() => parse(nested(32))).not.toThrow()
  expect(refusal(nested(33)).detail.en).toContain('32')
  expect(() => parse(JSON.stringify(`"\\${nested(500)}\\"`))).not.toThrow()
  expect(refusal('{"a":'.repeat(20_000)).status).toBe(400)
})

test.each([
  '{"__proto__":{"x":1}}',
  '{"a":[{"b":{"__proto__":1}}]}',
  '{"\\u005f_proto__":{"x":1}}',
  '{"_\\u005Fproto__":null}',
])('the key __proto__ is refused wherever and however it is written: %s', (text) => {
  expect(refusal(text).detail.en).toContain('__proto__')
  expect(({} as { x?: unknown }).x).toBeUndefined()
})

test('the text __proto__ is a text like any other', () => {
  expect(parse('{"a":"__proto__ \\u005f"}')).toEqual({ a: '__proto__ _' })
})

test.each([
  '1e400',
  '-1E+999',
  '1e-400',
  '9007199254740993',
  '-9007199254740993',
  '9999999999999999',
  '12345678901234567890',
  '0.1234567890123456',
  '1234567890.123456',
  '1.2345678901234567e5',
])('a number that would be rounded is marked and not rounded: %s', (literal) => {
  for (const text of [`{"a":${literal}}`, `{"a": ${literal} }`, `{"a":[0,${literal}]}`, `{"a":\n${literal}}`]) {
    const { a } = parse(text) as { a: unknown }
    const marked = Array.isArray(a) ? a[1] : a
    expect(marked).toBeInstanceOf(InexactNumber)
    expect(String(marked)).toBe(literal)
  }
  expect(parse(`{"a":"${literal}"}`), 'as text it is only text').toEqual({ a: literal })
})

test.each([
  ['9007199254740991', 9007199254740991],
  ['1762768200123456', 1762768200123456],
  ['1e15', 1e15],
  ['1.50', 1.5],
  ['123456789012.345', 123456789012.345],
  ['0.000000000000000000012', 1.2e-20],
  ['100000000000000000000', 1e20],
  ['-0', -0],
  ['0e5', 0],
])('a number that is held exactly stays a number: %s', (literal, value) => {
  expect(parse(`{"a":${literal}}`)).toEqual({ a: value })
})

test('a long marked number is shown cut', () => {
  const { a } = parse(`{"a":${'1'.repeat(5000)}}`) as { a: unknown }
  expect(String(a).length).toBeLessThanOrEqual(41)
})
