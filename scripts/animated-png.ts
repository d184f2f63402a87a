/** Puts PNGs of one size one after the other into one that moves (APNG), which every browser shows in a document. */
import { crc32 } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const MS_IN_A_SECOND = 1000

interface Chunk {
  type: string
  data: Buffer
}

/**
 * @param frames PNGs as one program wrote them: same size and kind of pixels
 * @param holdsMs how long each is shown; it then begins anew
 * @throws {Error} when they differ in size or kind
 */
export function animate(frames: Buffer[], holdsMs: number[]): Buffer {
  const [first, ...rest] = frames.map(chunksOf)
  const header = first?.find(({ type }) => type === 'IHDR')?.data
  if (!first || !header) throw new Error('there is no picture to begin with')
  for (const frame of rest) {
    if (!frame[0]?.data.equals(header)) throw new Error('the pictures differ in size or kind')
  }
  let sequence = 0
  const control = (index: number): Chunk => {
    const data = Buffer.alloc(26)
    data.writeUInt32BE(sequence++, 0)
    header.copy(data, 4, 0, 8)
    data.writeUInt16BE(holdsMs[index] ?? 0, 20)
    data.writeUInt16BE(MS_IN_A_SECOND, 22)
    return { type: 'fcTL', data }
  }
  const counts = Buffer.alloc(8)
  counts.writeUInt32BE(frames.length, 0)
  const out: Chunk[] = [{ type: 'IHDR', data: header }, { type: 'acTL', data: counts }, control(0), ...pixels(first)]
  for (const [index, frame] of rest.entries()) {
    out.push(control(index + 1))
    for (const { data } of pixels(frame)) {
      const number = Buffer.alloc(4)
      number.writeUInt32BE(sequence++)
      out.push({ type: 'fdAT', data: Buffer.concat([number, data]) })
    }
  }
  out.push({ type: 'IEND', data: Buffer.alloc(0) })
  return Buffer.concat([SIGNATURE, ...out.map(written)])
}

const pixels = (chunks: Chunk[]) => chunks.filter(({ type }) => type === 'IDAT')

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return chunks
}

function written({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
