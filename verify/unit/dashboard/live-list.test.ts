import { expect, test } from 'vitest'
import type { ShopEvent } from '../../../dashboard/src/api/events.ts'
import { isWebAddress } from '../../../dashboard/src/components/outside-link.tsx'
import { fits } from '../../../dashboard/src/pages/events/live-list.ts'

const event = {
  id: 7,
  event_type: 'product.updated',
  status: 'dead',
  processed_successfully: false,
  woo_product_id: 414,
  store: { id: 3, name: 'Shop' },
} as ShopEvent

test('a live event is shown only if it matches every filter of the list', () => {
  for (const filter of [
    {},
    { status: 'dead' },
    { success: 'false' },
    { store_id: '3', woo_product_id: '414', event_type: 'product.updated' },
  ])
    expect(fits(event, filter), JSON.stringify(filter)).toBe(true)
  for (const filter of [
    { status: 'received' },
    { success: 'true' },
    { store_id: '4' },
    { store_id: '3', woo_product_id: '41' },
    { event_type: 'product.deleted' },
  ])
    expect(fits(event, filter), JSON.stringify(filter)).toBe(false)
})

test('an open event has neither succeeded nor failed', () => {
  const open = { ...event, status: 'received', processed_successfully: null } as ShopEvent
  expect(fits(open, { success: 'true' })).toBe(false)
  expect(fits(open, { success: 'false' })).toBe(false)
  expect(fits(open, {})).toBe(true)
})

test('only addresses of the web become links', () => {
  expect(isWebAddress('https://shop.example/p/1')).toBe(true)
  expect(isWebAddress('http://shop.example')).toBe(true)
  for (const address of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    '/p/1',
    '',
    'ftp://shop.example',
  ])
    expect(isWebAddress(address), address).toBe(false)
})
