import { expect, test } from 'vitest'
import { type Fault, faultOf, isOutage, Reject, RetryLater } from '../../server/src/platform/errors.ts'

const withCode = (code: string) => Object.assign(new Error('from the database'), { code })

test.each<[fault: Fault, error: unknown]>([
  ['outage', withCode('57P01')],
  ['outage', withCode('08006')],
  ['outage', withCode('53300')],
  ['outage', withCode('ECONNREFUSED')],
  ['outage', new Error('Connection terminated unexpectedly')],
  ['outage', new RetryLater('the disk is full')],
  ['limit', withCode('57014')],
  ['limit', withCode('53200')],
  ['limit', new Error('Query read timeout')],
  ['contention', withCode('55P03')],
  ['contention', withCode('40P01')],
  ['contention', withCode('40001')],
  ['own', withCode('23505')],
  ['own', withCode('54000')],
  ['own', new TypeError('undefined is not a function')],
  ['own', new Reject('never')],
  ['own', 'thrown as it is'],
])('%s: %s', (fault, error) => {
  expect(faultOf(error)).toBe(fault)
  // A caller over HTTP is asked to try again after any of them but its own.
  expect(isOutage(error)).toBe(fault !== 'own')
})
