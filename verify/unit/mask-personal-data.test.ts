import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskPersonalData } from '../../server/src/questions/mask-personal-data.ts'

const persian = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)))
const arabic = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)))

describe('masked', () => {
  test.each([
    ['09123456789', '[phone]'],
    ['call 0912 345 67 89 please', 'call [phone] please'],
    ['شماره‌ام ۰۹۱۲۳۴۵۶۷۸۹ است', 'شماره‌ام [phone] است'],
    ['۰۹۱۲-۳۴۵-۶۷۸۹', '[phone]'],
    ['٠٩١٢٣٤٥٦٧٨٩', '[phone]'],
    ['+989123456789', '[phone]'],
    ['+98 (912) 345 6789', '[phone]'],
    ['+98 (0)912 345 6789', '[phone]'],
    ['00989123456789', '[phone]'],
    ['989123456789', '[phone]'],
    ['912 345 6789 زنگ بزنید', '[phone] زنگ بزنید'],
    ['0912.345.6789', '[phone]'],
    ['0912/3456789', '[phone]'],
    ['0\u200f912\u202a3456789', '[phone]'],
    ['تلفن:09123456789', 'تلفن:[phone]'],
    ['tel09123456789', 'tel[phone]'],
    ['0912 000 0000', '[phone]'],
    ['(021) 8877-6655', '([phone]'],
    ['۰۲۱ ۸۸۷۷ ۶۶۵۵', '[phone]'],
    ['+1 (555) 123-4567', '[phone]'],
    ['+44 20 7946 0958', '[phone]'],
    ['0049 30 901820', '[phone]'],
    ['two: 09123456789, 09351234567', 'two: [phone], [phone]'],
    ['sara@example.com', '[email]'],
    ['to sara.ahmadi+shop@mail.example.co.uk now', 'to [email] now'],
    ['سارا@example.com', '[email]'],
    ['4539 1488 0343 6467', '[card]'],
    ['6037-9918-1234-5670', '[card]'],
    ['4539148803436467 را برگردانید', '[card] را برگردانید'],
    ['۴۵۳۹۱۴۸۸۰۳۴۳۶۴۶۷', '[card]'],
    ['IR062960000000100324200001', '[iban]'],
    ['IR06 2960 0000 0010 0324 2000 01', '[iban]'],
    ['شبا ۰۶۲۹۶۰۰۰۰۰۰۰۱۰۰۳۲۴۲۰۰۰۰۱', 'شبا [iban]'],
    ['pay to DE89 3704 0044 0532 0130 00 today', 'pay to [iban] today'],
    ['GB82WEST12345698765432', '[iban]'],
    ['0499370899', '[national_id]'],
    ['کد ملی ۰۴۹۹۳۷۰۸۹۹', 'کد ملی [national_id]'],
    ['049-937089-9', '[national_id]'],
  ])('%s', (text, masked) => {
    expect(maskPersonalData(text)).toBe(masked)
  })
})

describe('unchanged', () => {
  test.each([
    'کفش زیر ۲ میلیون تومان',
    'under 2,000,000 toman',
    'between 1500000 and 25000000',
    'قیمت ۱۵۰۰۰۰۰۰۰۰ ریال',
    '9876543210 تومان',
    '$9123456789',
    '۱۲٬۵۰۰٬۰۰۰ ریال',
    'shoes size 42 or 43',
    'carpet 2.25 x 3.5 m',
    'پرده ۱۵۰×۲۶۰',
    'iphone 15 pro 256 512 gb',
    'WH-1000XM5',
    'SKU ABC-12345-67890',
    'PROD-001',
    '5901234123457',
    '6037991812345678',
    '1234567890',
    '1111111111',
    'ISBN 0306406152',
    'شابک ۰۳۰۶۴۰۶۱۵۲',
    '2026-11-27 10:30',
    '1402/09/12',
    'a @ b',
    'user@',
    '#1 best seller 2024',
    '24h 7 days',
  ])('%s', (text) => {
    expect(maskPersonalData(text)).toBe(text)
  })
})

const separators = fc.constantFrom('', ' ', '-', ' - ', '.', '\u200c', '\u200f')
const scripts = fc.constantFrom((text: string) => text, persian, arabic)
const before = fc.constantFrom('', 'my number is ', 'شماره: ', '(', '\n')
const after = fc.constantFrom('', ' thanks', ' لطفا', ')', '\n', '،')

describe('by property', () => {
  test('no digit of a mobile number is left, whatever its prefix, separators and digits', () => {
    const number = fc.record({
      prefix: fc.constantFrom('0', '+98', '0098', '98'),
      digits: fc.stringMatching(/^9\d{9}$/),
      gaps: fc.array(separators, { minLength: 11, maxLength: 11 }),
    })
    fc.assert(
      fc.property(number, scripts, before, after, ({ prefix, digits, gaps }, inScript, head, tail) => {
        const spread = prefix + [...digits].map((digit, place) => `${gaps[place]}${digit}`).join('')
        expect(maskPersonalData(`${head}${inScript(spread)}${tail}`)).toBe(`${head}[phone]${tail}`)
      }),
    )
  })

  test('no digit of a card with a right check digit is left', () => {
    const luhn = (digits: string) => {
      const sum = [...digits].reduce((total, digit, place) => {
        const value = place % 2 === 0 ? Number(digit) * 2 : Number(digit)
        return total + (value > 9 ? value - 9 : value)
      }, 0)
      return String((10 - (sum % 10)) % 10)
    }
    fc.assert(
      fc.property(fc.stringMatching(/^[2-6]\d{14}$/), separators, scripts, (digits, gap, inScript) => {
        const card = digits + luhn(digits)
        const spread = card.match(/\d{4}/g)?.join(gap) ?? ''
        expect(maskPersonalData(`card ${inScript(spread)} ok`)).not.toMatch(/\p{Nd}/u)
      }),
    )
  })

  test('no letter of an address is left', () => {
    fc.assert(
      fc.property(fc.emailAddress(), before, (address, head) => {
        const [name = '', domain = ''] = address.split('@')
        // Signs that begin no word of a customer; the name's last part is what a pattern must not lose.
        fc.pre(/^[a-z0-9._+-]+$/i.test(name) && name.length <= 64)
        const masked = maskPersonalData(`${head}${address}`)
        expect(masked).toBe(`${head}[email]`)
        expect(masked).not.toContain(domain)
      }),
    )
  })

  test('prices stay, in every script', () => {
    const price = fc.integer({ min: 1, max: 99_999 }).map((thousands) => thousands * 10_000)
    fc.assert(
      fc.property(price, fc.boolean(), scripts, (amount, isGrouped, inScript) => {
        const text = inScript(isGrouped ? amount.toLocaleString('en') : String(amount))
        for (const sentence of [`زیر ${text} تومان`, `under ${text}`, `${text} ریال`])
          expect(maskPersonalData(sentence)).toBe(sentence)
      }),
    )
  })

  test('texts of words and numbers of at most 7 digits stay', () => {
    const word = fc.oneof(fc.stringMatching(/^[a-zآ-ی]{1,8}$/), fc.stringMatching(/^[1-9]\d{0,6}$/))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 3 }), (words) => {
        const text = words.join(' , ')
        expect(maskPersonalData(text)).toBe(text)
      }),
    )
  })

  test('masking a masked text changes nothing, and any text is masked', () => {
    const odd = fc.string({
      unit: fc.constantFrom(...'0912345678 +-()@.aIR۰۹٠٩\u200f\ud800', '۱۲۳۴', 'example.com'),
      maxLength: 200,
    })
    fc.assert(
      fc.property(odd, (text) => {
        const masked = maskPersonalData(text)
        expect(maskPersonalData(masked)).toBe(masked)
      }),
    )
  })
})

test('long texts that nearly match are read in linear time', () => {
  for (const part of ['9', '0 9', '+', 'a.', 'a@', 'IR0', 'DE89 ', '12-', '(0)', '@a.'])
    expect(maskPersonalData(part.repeat(20_000)).length).toBeGreaterThan(0)
})
