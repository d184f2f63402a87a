import { expect, test } from 'vitest'
import {
  describeFailure,
  reasonIn,
  reasonOf,
  STORE_DELETED,
  TooHeavy,
} from '../../server/src/catalog/failure-sentences.ts'
import { Reject } from '../../server/src/platform/errors.ts'

const failure = (message: string, code: string) => Object.assign(new Error(message), { code })

test('a rejection has its own reason, in every language', () => {
  const reason = reasonOf(new Reject('This product is of a kind that we do not sell.'))
  expect(reason).toBe('This product is of a kind that we do not sell.')
  expect(reasonIn('fa', reason)).toBe(reason)
})

test.each([
  [failure('invalid input syntax for type integer: "12 pairs"', '22P02'), '22P02'],
  [failure('new row for relation "products" violates check constraint', '23514'), '23514'],
  [failure('index row size 9000 exceeds maximum 8191', '54000'), '54000'],
])('of a value that was not taken the owner is told to look at the product: %s', (error, code) => {
  const reason = reasonOf(error)
  expect(reason).toContain(`(code ${code})`)
  expect(reason).toContain('correct it in the shop')
  expect(reason).not.toMatch(/relation|syntax|pairs|index row/)
  expect(reasonIn('en', reason)).toBe(reason)
  expect(reasonIn('fa', reason)).toMatch(new RegExp(`کد ${code}.*مدیر سامانه`))
})

test.each([
  [failure('relation "prices" does not exist', '42P01'), '42P01'],
  [new TypeError("Cannot read properties of undefined (reading 'name')"), 'TypeError'],
  ['thrown as it is', 'unknown'],
  [failure('odd', 'a code with (spaces) in it'), 'unknown'],
])('of a fault of the server’s own nothing but a code is told: %s', (error, code) => {
  const reason = reasonOf(error)
  expect(reason).toContain(`that the shop did not cause (code ${code})`)
  expect(reason).not.toMatch(/prices|undefined|thrown|spaces/)
  expect(reasonIn('fa', reason)).toContain(`(کد ${code})`)
})

test('the reason of an event that is too heavy names the problem and the next step', () => {
  const reason = reasonOf(new TooHeavy('canceling statement due to statement timeout'))
  expect(reason).toMatch(
    /^This product is too large: .*\(code too_heavy\)\. Shorten the description .* save the product in the shop\./,
  )
  expect(reason).not.toMatch(/canceling|statement timeout/)
  expect(reasonIn('en', reason)).toBe(reason)
  expect(reasonIn('fa', reason)).toMatch(/^این محصول بیش از اندازه سنگین است: .*\(کد too_heavy\)/)
})

test('the reason of an event of a deleted store is in the reader’s language', () => {
  expect(reasonIn('en', STORE_DELETED.en)).toBe('The store was deleted.')
  expect(reasonIn('fa', STORE_DELETED.en)).toBe('فروشگاه حذف شده است.')
})

test('reasons from before these sentences existed stay unchanged', () => {
  for (const kept of ['this name is cursed', '', 'failed (code 42P01) in its own way'])
    expect(reasonIn('fa', kept)).toBe(kept)
})

test('the log gets the whole message, without the value at its end, which is part of a payload', () => {
  expect(describeFailure(failure('null value in column "name" of relation "products"', '23502'))).toEqual({
    code: '23502',
    reason: 'null value in column "name" of relation "products"',
  })
  expect(describeFailure(failure('malformed array literal: "{"a shop’s\ntext","more"}"', '22P02'))).toEqual({
    code: '22P02',
    reason: 'malformed array literal: …',
  })
  const broken = new SyntaxError(`Unexpected token 'x', "{"id": x, "name": "Lamp"}" is not valid JSON`)
  expect(describeFailure(broken).reason).not.toContain('Lamp')
})
