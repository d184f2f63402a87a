import { expect, test } from 'vitest'
import { isAllowed, readRobots } from '../../server/src/freshness/robots.ts'

const API = '/wp-json/wc/store/v1/products?include=1'
const allows = (text: string, path = API) => isAllowed(readRobots(text), path)

test.each([
  ['an empty file', '', true],
  ['what WordPress writes', 'User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n', true],
  ['everything disallowed', 'User-agent: *\nDisallow: /', false],
  ['an empty Disallow', 'User-agent: *\nDisallow:', true],
  ['the API disallowed', 'User-agent: *\r\nDisallow: /wp-json/\r\n', false],
  ['the API allowed again by a longer rule', 'User-agent: *\nDisallow: /wp-json/\nAllow: /wp-json/wc/store/', true],
  ['an equally long rule that allows', 'User-agent: *\nDisallow: /wp-json\nAllow: /wp-json', true],
  ['queries disallowed', 'User-agent: *\nDisallow: /*?', false],
  ['a pattern with an end that is not there', 'User-agent: *\nDisallow: /*.php$', true],
  ['a pattern with the end of the path', 'User-agent: *\nDisallow: /*include=1$', false],
  ['a pattern that is the whole path', 'User-agent: *\nDisallow: /wp-json$', true],
  [
    'a group of this robot instead of all',
    'User-agent: *\nDisallow: /\n\nUser-agent: fikosync\nDisallow: /cart/',
    true,
  ],
  [
    'a group of this robot that disallows',
    'User-agent: FikoSync # us\nDisallow: /wp-json\n\nUser-agent: *\nAllow: /',
    false,
  ],
  ['two robots of one group', 'User-agent: Other\nUser-agent: FikoSync\nDisallow: /', false],
  ['rules of another robot', 'User-agent: Other\nDisallow: /', true],
  ['rules before any group', 'Disallow: /\nUser-agent: *\nAllow: /', true],
  ['a page instead of rules', '<html><body>Disallow: no</body></html>', true],
])('robots.txt with %s', (_what, text, expected) => {
  expect(allows(text)).toBe(expected)
})

test('a pattern with thousands of stars takes no longer than another', () => {
  expect(allows(`User-agent: *\nDisallow: /${'*a'.repeat(5_000)}$`, `/${'a'.repeat(4_000)}b`)).toBe(true)
})
