import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressKey } from '../../server/src/platform/http/address-key.ts'
import { createTokenBuckets } from '../../server/src/platform/http/token-buckets.ts'

function atTime(options: { perSecond: number; burst: number }) {
  let nowMs = 0
  const buckets = createTokenBuckets({ ...options, now: () => nowMs })
  const pass = (seconds: number) => {
    nowMs += seconds * 1000
  }
  return { ...buckets, pass }
}

test('a key has its burst at once, then so many a second, and never saves up more than the burst', () => {
  const limit = atTime({ perSecond: 2, burst: 5 })
  const taken = () => {
    let count = 0
    while (limit.take('a') === 0) count += 1
    return count
  }
  expect(taken()).toBe(5)
  limit.pass(1)
  expect(taken()).toBe(2)
  limit.pass(3600)
  expect(taken()).toBe(5)
})

test('one key empties no other', () => {
  const limit = atTime({ perSecond: 1, burst: 1 })
  expect([limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([0, 1, 0])
})

test('a caller that waits as long as told is accepted, and a second less is too short', () => {
  const rates = fc.integer({ min: 1, max: 2000 }).map((rate) => rate / 60)
  const requests = fc.array(fc.record({ pause: fc.double({ min: 0, max: 3, noNaN: true }), debt: fc.nat({ max: 20 }) }))
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 50 }), requests, (perSecond, burst, asked) => {
      const limit = atTime({ perSecond, burst })
      for (const { pause, debt } of asked) {
        limit.pass(pause)
        const wait = limit.take('a')
        if (wait > 1) {
          limit.pass(wait - 1)
          expect(limit.take('a')).toBe(1)
          limit.pass(1)
        } else limit.pass(wait)
        if (wait > 0) expect(limit.take('a')).toBe(0)
        limit.charge('a', debt)
      }
    }),
  )
})

test('a debt is paid before the next request is accepted; a refund counts at once', () => {
  const limit = atTime({ perSecond: 10, burst: 5 })
  limit.charge('a', 25)
  expect(limit.take('a')).toBe(3)
  limit.pass(2.1)
  expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBe(1)
  limit.giveBack('a')
  expect(limit.take('a')).toBe(0)
})

test('the least recently used of 20,000 keys is forgotten, so that memory stays bounded', () => {
  const limit = atTime({ perSecond: 1, burst: 1 })
  for (let key = 0; key < 20_001; key += 1) limit.take(key)
  expect(limit.take(20_000)).toBe(1)
  expect(limit.take(0)).toBe(0)
})

test('an IPv6 /64 is one address, an IPv4 address is itself however it arrives', () => {
  expect(addressKey('2001:db8:0:7::1')).toBe(addressKey('2001:0DB8:0000:0007:ffff:ffff:ffff:ffff'))
  expect(addressKey('2001:db8::1')).toBe(addressKey('2001:db8:0:0:2::'))
  expect(addressKey('2001:db8:0:7::1')).not.toBe(addressKey('2001:db8:0:8::1'))
  expect(addressKey('::ffff:203.0.113.7')).toBe(addressKey('203.0.113.7'))
  expect(addressKey('203.0.113.7')).not.toBe(addressKey('203.0.113.8'))
  expect(addressKey('fe80::1%eth0')).toBe(addressKey('fe80::2'))
  expect(addressKey('::1')).toBe('0:0:0:0::/64')
  expect(addressKey(undefined)).toBe('')
})
