import { expect, test } from 'vitest'
import { renderAccountMail } from '../../server/src/tenants/mails/render-account-mail.ts'
import { codeOfStep, makeBackupCodes, plainCode, stepOf } from '../../server/src/tenants/sign-in/second-factor.ts'

/** The key of the examples in RFC 6238, appendix B; the last six of their eight digits. */
const KEY = '12345678901234567890'

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
])('the code at %i s is that of RFC 6238', (seconds, code) => {
  expect(codeOfStep(KEY, Math.floor(seconds / 30))).toBe(code)
})

test('a code belongs to its period, the one before or the one after, and to no other', () => {
  const now = 1_700_000_000_000
  const step = Math.floor(now / 30_000)
  for (const offset of [-1, 0, 1]) expect(stepOf(codeOfStep(KEY, step + offset), KEY, now)).toBe(step + offset)
  for (const offset of [-2, 2]) expect(stepOf(codeOfStep(KEY, step + offset), KEY, now)).toBeNull()
  expect(stepOf('', KEY, now)).toBeNull()
})

test('typed codes: digits of three scripts, spaces, direction marks and capitals', () => {
  for (const typed of ['123456', ' 123 456 ', '۱۲۳۴۵۶', '١٢٣٤٥٦', '\u200e123456\u200f', '１２３４５６'])
    expect(plainCode(typed)).toEqual({ isByTime: true, code: '123456' })
  for (const typed of ['abcde-fghjk', 'ABCDEFGHJK', ' abcde – fghjk'])
    expect(plainCode(typed)).toEqual({ isByTime: false, code: 'abcde-fghjk' })
})

test('ten backup codes are all different, without letters and digits that look alike', () => {
  const codes = makeBackupCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^[a-hjkmnp-z2-9]{5}-[a-hjkmnp-z2-9]{5}$/)
})

test('markup in an address of an e-mail is text', () => {
  const mail = renderAccountMail(
    { kind: 'invitation', path: '/reset-password?token=a"b' },
    { language: 'en', email: '<img src=x>@example.com', publicUrl: 'https://fiko.example' },
  )
  expect(mail.html).not.toContain('<img')
  expect(mail.html).toContain('href="https://fiko.example/reset-password?token=a&quot;b"')
})
