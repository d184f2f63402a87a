import { crc32, deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { animate } from '../../scripts/animated-png.ts'

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

/** A square of one grey. */
function square(side: number, grey: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 8
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(side, grey)])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: side }, () => line)))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Type and data of each chunk; throws where a checksum is wrong. */
function chunks(png: Buffer): { type: string; data: Buffer }[] {
  const found = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const end = at + 8 + png.readUInt32BE(at)
    if (png.readUInt32BE(end) !== crc32(png.subarray(at + 4, end))) throw new Error('a checksum is wrong')
    found.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, end) })
  }
  return found
}

test('pictures of one size become one that shows each for its time, numbered through', () => {
  const [one, two] = [square(4, 10), square(4, 200)]
  const all = chunks(animate([one, two], [500, 1500]))
  expect(all.map(({ type }) => type)).toEqual(['IHDR', 'acTL', 'fcTL', 'IDAT', 'fcTL', 'fdAT', 'IEND'])
  expect(all[1]?.data.readUInt32BE(0)).toBe(2)
  const controls = all.filter(({ type }) => type === 'fcTL')
  expect(controls.map(({ data }) => data.readUInt16BE(20))).toEqual([500, 1500])
  const numbers = all.filter(({ type }) => /^f[cd]/.test(type)).map(({ data }) => data.readUInt32BE(0))
  expect(numbers).toEqual([0, 1, 2])
  const pixels = chunks(two).find(({ type }) => type === 'IDAT')?.data
  expect(all[5]?.data.subarray(4)).toEqual(pixels)
})

test('pictures of two sizes are refused', () => {
  expect(() => animate([square(4, 1), square(5, 1)], [1, 1])).toThrow('size')
})
