import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { hashToken, isTokenForm, makeToken, previewToken } from '../../server/src/tenants/tokens/token-format.ts'

const token = makeToken('woocommerce', 'live')

test.each([
  ['woocommerce', 'live', 'wc_sk_live_'],
  ['woocommerce', 'test', 'wc_sk_test_'],
  ['shopify', 'live', 'sp_sk_live_'],
  ['knowledge', 'test', 'kb_sk_test_'],
] as const)('a %s token for %s begins with %s', (type, environment, prefix) => {
  const made = makeToken(type, environment)
  expect(made).toMatch(new RegExp(`^${prefix}[a-z0-9]{40}$`))
  expect(isTokenForm(made)).toBe(true)
})

test('the last six characters are the CRC-32 of all before, mod 36^6, in base 36, zero-padded', () => {
  for (let n = 0; n < 200; n++) {
    const made = makeToken('woocommerce', 'live')
    const check = (crc32(made.slice(0, -6)) % 36 ** 6).toString(36).padStart(6, '0')
    expect(made.slice(-6)).toBe(check)
  }
  // A fixed one, so that two sides of the contract cannot drift together.
  expect(isTokenForm('wc_sk_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaajiq4ps')).toBe(true)
})

test('no two tokens are alike', () => {
  expect(new Set(Array.from({ length: 1000 }, () => makeToken('woocommerce', 'live'))).size).toBe(1000)
})

test('a token with any one character mistyped is no token', () => {
  for (let at = 0; at < token.length; at++) {
    const typo = token[at] === 'q' ? 'r' : 'q'
    expect(isTokenForm(token.slice(0, at) + typo + token.slice(at + 1)), `at ${at}`).toBe(false)
  }
})

test('a token cut, extended, shouted or with two neighbours swapped is no token', () => {
  for (const wrong of [token.slice(0, -1), `${token}a`, ` ${token}`, `${token}\n`, token.toUpperCase(), '']) {
    expect(isTokenForm(wrong), wrong).toBe(false)
  }
  for (let at = 11; at < token.length - 1; at++) {
    const swapped = token.slice(0, at) + token[at + 1] + token[at] + token.slice(at + 2)
    if (swapped !== token) expect(isTokenForm(swapped), `at ${at}`).toBe(false)
  }
})

test('the preview tells tokens apart and cannot be used', () => {
  expect(previewToken(token)).toBe(`wc_sk_live_…${token.slice(-6)}`)
  expect(isTokenForm(previewToken(token))).toBe(false)
})

test('the stored form is the SHA-256 of the whole token', () => {
  expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
