import { expect, test } from 'vitest'
import { qrCode } from '../../../dashboard/src/pages/account/qr-code.ts'

/** Blocks and bytes of correction of each, level M (ISO/IEC 18004, table 9), for the versions below. */
const LEVEL_M: Record<number, [blocks: number, correction: number]> = {
  1: [1, 10],
  6: [4, 16],
  8: [4, 22],
  10: [5, 26],
  14: [9, 24],
}
const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

/** Reads a code as a scanner does, without correcting errors: the text, and whether each block agrees with its correction. */
function read(rows: boolean[][]): { version: number; text: string; isConsistent: boolean } {
  const size = rows.length
  const version = (size - 17) / 4
  const at = (x: number, y: number) => rows[y]?.[x] === true
  const format = [0, 1, 2, 3, 4, 5, 7, 8].map((x) => at(x, 8)).reduce((bits, bit) => bits * 2 + (bit ? 1 : 0), 0)
  // The five highest of the 15 bits, without their fixed mask: level and mask.
  const [level, mask] = [((format >> 3) ^ 0b10101) >> 3, ((format >> 3) ^ 0b10101) & 7]
  if (level !== 0) throw new Error('not level M')
  const centers = version === 1 ? [] : alignment(version)
  const isFixed = (x: number, y: number) =>
    x === 6 ||
    y === 6 ||
    (x < 9 && y < 9) ||
    (x > size - 9 && y < 9) ||
    (x < 9 && y > size - 9) ||
    (version >= 7 && ((x > size - 12 && y < 6) || (y > size - 12 && x < 6))) ||
    centers.some((cx) => centers.some((cy) => !isCorner(cx, cy, size) && Math.abs(x - cx) < 3 && Math.abs(y - cy) < 3))
  let bits = ''
  let isUpward = true
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < size; step += 1) {
      const y = isUpward ? size - 1 - step : step
      for (const x of [right, right - 1]) if (!isFixed(x, y)) bits += at(x, y) !== MASKS[mask]?.(x, y) ? '1' : '0'
    }
    isUpward = !isUpward
  }
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  const [blocks, correction] = LEVEL_M[version] ?? [0, 0]
  const dataLength = bytes.length - blocks * correction
  const short = Math.floor(dataLength / blocks)
  const parts = Array.from({ length: blocks }, () => [] as number[])
  let next = 0
  for (let column = 0; column <= short; column += 1)
    parts.forEach((part, index) => {
      if (column < short || index >= blocks - (dataLength % blocks)) part.push(bytes[next++] ?? 0)
    })
  const data = parts.flat()
  for (let column = 0; column < correction; column += 1) for (const part of parts) part.push(bytes[next++] ?? 0)
  const text = data.map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const lengthBits = version < 10 ? 8 : 16
  const length = Number.parseInt(text.slice(4, 4 + lengthBits), 2)
  const content = text.slice(4 + lengthBits, 4 + lengthBits + 8 * length)
  return {
    version,
    text: Buffer.from((content.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))).toString(),
    isConsistent: parts.every((part) => syndromes(part, correction).every((value) => value === 0)),
  }
}

const isCorner = (x: number, y: number, size: number) =>
  (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6)

function alignment(version: number): number[] {
  const known: Record<number, number[]> = { 6: [6, 34], 8: [6, 24, 42], 10: [6, 28, 50], 14: [6, 26, 46, 66] }
  return known[version] ?? []
}

/** Zero at each root of the generator for a block without errors. */
function syndromes(block: number[], count: number): number[] {
  const power: number[] = [1]
  for (let n = 1; n < 255; n += 1) {
    const doubled = (power[n - 1] ?? 0) * 2
    power.push(doubled > 255 ? doubled ^ 0x11d : doubled)
  }
  const times = (a: number, b: number) =>
    a === 0 || b === 0 ? 0 : (power[(power.indexOf(a) + power.indexOf(b)) % 255] ?? 0)
  return Array.from({ length: count }, (_, root) =>
    block.reduce((value, byte) => times(value, power[root] ?? 0) ^ byte, 0),
  )
}

const uri = (email: string) =>
  `otpauth://totp/Fiko%20Sync:${encodeURIComponent(email)}?secret=${'OJZGCZ2YKZRW4TLH'.repeat(4).slice(0, 52)}&issuer=Fiko+Sync&digits=6&period=30`

test.each([
  ['a short text', 'short', 1],
  ['a text of 106 bytes', 'x'.repeat(106), 6],
  ['the address of a key', uri('owner@example.com'), 8],
  ['a long e-mail address', uri(`${'a.long.name'.repeat(6)}@example.com`), 10],
  ['letters of two bytes', 'گذرواژه'.repeat(25), 14],
])('%s is read from its QR code, without an error in any block', (_name, text, version) => {
  expect(read(qrCode(text))).toEqual({ version, text, isConsistent: true })
})

test('a text that does not fit is refused', () => {
  expect(() => qrCode('x'.repeat(667))).toThrow(RangeError)
})
