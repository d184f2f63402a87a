import { expect, test } from 'vitest'
import { pictureAddress } from '../../../dashboard/src/components/picture-address.ts'
import { reachOf } from '../../../dashboard/src/pages/stores/connect/local-address.ts'

test.each([
  ['127.0.0.1', 'computer'],
  ['localhost', 'computer'],
  ['fiko.localhost', 'computer'],
  ['0.0.0.0', 'computer'],
  ['[::1]', 'computer'],
  ['10.1.2.3', 'network'],
  ['192.168.1.5', 'network'],
  ['172.20.0.2', 'network'],
  ['nas', 'network'],
  ['shop.local', 'network'],
  ['[fd00::1]', 'network'],
  ['172.32.0.2', null],
  ['8.8.8.8', null],
  ['fiko.example', null],
  ['[2001:db8::1]', null],
])('a shop reaches %s from: %s', (host, reach) => {
  expect(reachOf(host)).toBe(reach)
})

test.each([
  ['https://shop.example/a.jpg', 'https://shop.example/a.jpg'],
  ['http://shop.example/a.jpg', 'https://shop.example/a.jpg'],
  ['javascript:alert(1)', null],
  ['data:image/png;base64,AA', null],
  ['/a.jpg', null],
  ['', null],
  [null, null],
])('a picture at %j is asked for at %j', (image, address) => {
  expect(pictureAddress(image)).toBe(address)
})
