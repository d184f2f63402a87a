import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A tensor of a safetensors file: its type, its shape and the place of its bytes in the file. */
export interface TensorPlace {
  dtype: string
  shape: number[]
  start: number
  end: number
}

/** A header of a model with a few tensors has under 1 KB; 1 MB is refused as broken. */
const MAX_HEADER_BYTES = 1_000_000

/** Reads the list of tensors of a safetensors file, without their values. @throws {Error} for a file that is not in the format */
export function readTensorPlaces(path: string): Map<string, TensorPlace> {
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const length = Buffer.alloc(8)
    if (readSync(file, length, 0, 8, 0) !== 8) throw broken('it has no header')
    const headerBytes = Number(length.readBigUInt64LE())
    if (headerBytes > MAX_HEADER_BYTES || headerBytes + 8 > size) throw broken('its header is longer than the file')
    const header = Buffer.alloc(headerBytes)
    readSync(file, header, 0, headerBytes, 8)
    return placesOf(header.toString('utf8'), 8 + headerBytes, size)
  } finally {
    closeSync(file)
  }
}

function placesOf(header: string, base: number, size: number): Map<string, TensorPlace> {
  let said: Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown }>
  try {
    said = JSON.parse(header)
  } catch {
    throw broken('its header is not JSON')
  }
  const places = new Map<string, TensorPlace>()
  for (const [name, tensor] of Object.entries(said)) {
    if (name === '__metadata__') continue
    const { dtype, shape, data_offsets: offsets } = tensor ?? {}
    const isPlace = typeof dtype === 'string' && isCounts(shape) && isCounts(offsets) && offsets.length === 2
    if (!isPlace) throw broken(`its tensor ${name} is not described`)
    const place = { dtype, shape, start: base + (offsets[0] ?? 0), end: base + (offsets[1] ?? 0) }
    if (place.end > size) throw broken('it ends before its last tensor: the copy is not complete')
    const count = shape.reduce((product, length) => product * length, 1)
    if (place.end - place.start !== count * bytesOf(dtype))
      throw broken(`its tensor ${name} has another size than its shape`)
    places.set(name, place)
  }
  return places
}

const READERS: Record<string, { bytes: number; read: (view: DataView, at: number) => number }> = {
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, read: (view, at) => halfFloat(view.getUint16(at, true)) },
  I64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  I32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  I8: { bytes: 1, read: (view, at) => view.getInt8(at) },
}

function bytesOf(dtype: string): number {
  const reader = READERS[dtype]
  if (!reader) throw broken(`it has numbers of the unknown type ${dtype}`)
  return reader.bytes
}

/** Reads the values of a tensor. @throws {Error} for a type of numbers that is not known */
export function readTensor(path: string, { dtype, start, end }: TensorPlace): Float32Array {
  const bytes = Buffer.alloc(end - start)
  const file = openSync(path, 'r')
  try {
    // A single read returns at most 2 GB.
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(file, bytes, at, Math.min(bytes.length - at, 1 << 30), start + at)
      if (count === 0) throw broken('it ends before its last tensor: the copy is not complete')
      at += count
    }
  } finally {
    closeSync(file)
  }
  const size = bytesOf(dtype)
  const read = READERS[dtype]?.read ?? (() => Number.NaN)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float32Array(bytes.length / size)
  for (let at = 0; at < values.length; at += 1) values[at] = read(view, at * size)
  return values
}

/** IEEE 754 half precision. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024)
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isInteger(count) && count >= 0)
}

function broken(reason: string): Error {
  return new Error(`The file model.safetensors is broken: ${reason}.`)
}
