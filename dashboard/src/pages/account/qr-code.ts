/**
 * QR codes (ISO/IEC 18004) of short texts: byte mode, error correction M, versions 1 to 20 (at most 666 bytes). Made here, because the key
 * of a second factor must not leave the page.
 */

/** Bytes of error correction in each block, and the number of blocks, of level M; index 0 is version 1. */
const CORRECTION_BYTES = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]
/** Level M in the format bits. */
const LEVEL = 0

/** Rows of modules; true is dark. @throws {RangeError} when the text is too long */
export function qrCode(text: string): boolean[][] {
  const bytes = [...new TextEncoder().encode(text)]
  const version = BLOCKS.findIndex((_, index) => bytes.length <= capacity(index + 1)) + 1
  if (version === 0) throw new RangeError(`a text of ${bytes.length} bytes does not fit into a QR code`)
  const grid = withFixedPatterns(version)
  const places = placeBytes(grid, withCorrection(dataBytes(bytes, version), version))
  const masked = MASKS.map((mask, number) => applyMask(grid, places, mask, number))
  return masked.reduce((best, next) => (penalty(next) < penalty(best) ? next : best))
}

/** The dark modules as the path of an SVG whose unit is one module. */
export function pathOf(rows: boolean[][]): string {
  return rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
}

/** Modules for data and correction: all without the finders, timing, alignment, format and version. */
function rawBytes(version: number): number {
  let modules = (16 * version + 128) * version + 64
  if (version >= 2) {
    const perSide = Math.floor(version / 7) + 2
    modules -= (25 * perSide - 10) * perSide - 55
    if (version >= 7) modules -= 36
  }
  return Math.floor(modules / 8)
}

function totalDataBytes(version: number): number {
  return rawBytes(version) - of(CORRECTION_BYTES, version - 1) * of(BLOCKS, version - 1)
}

/** Bytes of text: 4 bits of mode and 8 or 16 bits of length come before them. */
function capacity(version: number): number {
  return totalDataBytes(version) - (version < 10 ? 2 : 3)
}

function dataBytes(bytes: number[], version: number): number[] {
  const lengthBits = version < 10 ? 8 : 16
  const bits = ['0100', bytes.length.toString(2).padStart(lengthBits, '0'), ...bytes.map(bitsOf), '0000'].join('')
  const whole = (bits.match(/.{1,8}/g) ?? []).map((part) => Number.parseInt(part.padEnd(8, '0'), 2))
  const total = totalDataBytes(version)
  for (let pad = 0xec; whole.length < total; pad ^= 0xec ^ 0x11) whole.push(pad)
  return whole.slice(0, total)
}

const bitsOf = (byte: number) => byte.toString(2).padStart(8, '0')

/** Cuts the data into blocks, appends the correction of each, and interleaves them. */
function withCorrection(data: number[], version: number): number[] {
  const blocks = of(BLOCKS, version - 1)
  const correction = of(CORRECTION_BYTES, version - 1)
  const short = Math.floor(data.length / blocks)
  const longer = data.length % blocks
  const divisor = generator(correction)
  let start = 0
  const cut = Array.from({ length: blocks }, (_, index) => {
    const part = data.slice(start, start + short + (index >= blocks - longer ? 1 : 0))
    start += part.length
    return { part, correction: remainder(part, divisor) }
  })
  const columns = (list: number[][], length: number) =>
    Array.from({ length }, (_, index) => list.flatMap((part) => part[index] ?? [])).flat()
  return [
    ...columns(
      cut.map(({ part }) => part),
      short + 1,
    ),
    ...columns(
      cut.map(({ correction }) => correction),
      correction,
    ),
  ]
}

/** Product in GF(256) with the polynomial of QR codes. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d)
    product ^= ((b >>> bit) & 1) * a
  }
  return product
}

/** Coefficients of (x - 1)(x - 2)(x - 4)… without the leading 1. */
function generator(degree: number): number[] {
  const coefficients: number[] = [...Array<number>(degree - 1).fill(0), 1]
  let root = 1
  for (let n = 0; n < degree; n += 1) {
    for (let index = 0; index < degree; index += 1)
      coefficients[index] = multiply(of(coefficients, index), root) ^ (coefficients[index + 1] ?? 0)
    root = multiply(root, 2)
  }
  return coefficients
}

function remainder(data: number[], divisor: number[]): number[] {
  let rest = divisor.map(() => 0)
  for (const byte of data) {
    const factor = byte ^ of(rest, 0)
    rest = [...rest.slice(1), 0].map((value, index) => value ^ multiply(of(divisor, index), factor))
  }
  return rest
}

interface Place {
  x: number
  y: number
}

/** null: free for data. The places of the format bits are light for now. */
type Grid = (boolean | null)[][]

function withFixedPatterns(version: number): Grid {
  const size = version * 4 + 17
  const grid: Grid = Array.from({ length: size }, () => Array<boolean | null>(size).fill(null))
  const set = (x: number, y: number, isDark: boolean) => {
    const row = grid[y]
    if (row && x >= 0 && x < size) row[x] = isDark
  }
  for (let i = 0; i < size; i += 1) {
    set(6, i, i % 2 === 0)
    set(i, 6, i % 2 === 0)
  }
  const square = (x: number, y: number, reach: number, isDarkAt: (distance: number) => boolean) => {
    for (let dy = -reach; dy <= reach; dy += 1)
      for (let dx = -reach; dx <= reach; dx += 1) set(x + dx, y + dy, isDarkAt(Math.max(Math.abs(dx), Math.abs(dy))))
  }
  const centers = alignmentCenters(version)
  for (const x of centers)
    for (const y of centers) {
      const isAtFinder = (x === 6 && (y === 6 || y === size - 7)) || (x === size - 7 && y === 6)
      if (isAtFinder) continue
      square(x, y, 2, (distance) => distance !== 1)
    }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    square(x, y, 4, (distance) => distance !== 2 && distance !== 4)
  for (const { x, y } of formatPlaces(size).flat()) set(x, y, false)
  set(8, size - 8, true)
  if (version >= 7) {
    const bits = (version << 12) | bch(version, 0x1f25, 12)
    for (let i = 0; i < 18; i += 1) {
      const [far, near] = [size - 11 + (i % 3), Math.floor(i / 3)]
      set(far, near, ((bits >>> i) & 1) === 1)
      set(near, far, ((bits >>> i) & 1) === 1)
    }
  }
  return grid
}

function alignmentCenters(version: number): number[] {
  if (version === 1) return []
  const perSide = Math.floor(version / 7) + 2
  const step = Math.ceil((version * 4 + 4) / (perSide * 2 - 2)) * 2
  const last = version * 4 + 10
  return [6, ...Array.from({ length: perSide - 1 }, (_, index) => last - (perSide - 2 - index) * step)]
}

/** The two places of each of the 15 format bits, the lowest bit first. */
function formatPlaces(size: number): Place[][] {
  const around = [0, 1, 2, 3, 4, 5, 7, 8].map((y) => ({ x: 8, y }))
  const along = [7, 5, 4, 3, 2, 1, 0].map((x) => ({ x, y: 8 }))
  const right = Array.from({ length: 8 }, (_, index) => ({ x: size - 1 - index, y: 8 }))
  const below = Array.from({ length: 7 }, (_, index) => ({ x: 8, y: size - 7 + index }))
  return [
    [...around, ...along],
    [...right, ...below],
  ]
}

function bch(value: number, polynomial: number, degree: number): number {
  let rest = value
  for (let n = 0; n < degree; n += 1) rest = (rest << 1) ^ ((rest >>> (degree - 1)) * polynomial)
  return rest
}

/**
 * Writes the bytes in columns of two, from the right, upwards and downwards in turn. Bits that are left over are light. Returns the
 * written places, which a mask changes.
 */
function placeBytes(grid: Grid, bytes: number[]): Place[] {
  const size = grid.length
  const bits = bytes.map(bitsOf).join('')
  const places: Place[] = []
  for (let right = size - 1; right >= 1; right -= 2) {
    // The column of the timing pattern.
    if (right === 6) right = 5
    const isUpward = ((right + 1) & 2) === 0
    for (let step = 0; step < size; step += 1) {
      const y = isUpward ? size - 1 - step : step
      for (const x of [right, right - 1]) if (grid[y]?.[x] === null) places.push({ x, y })
    }
  }
  places.forEach(({ x, y }, index) => {
    const row = grid[y]
    if (row) row[x] = bits[index] === '1'
  })
  return places
}

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

function applyMask(grid: Grid, places: Place[], mask: (typeof MASKS)[number], number: number): boolean[][] {
  const rows = grid.map((row) => row.map((module) => module === true))
  for (const { x, y } of places) {
    const row = rows[y]
    if (row && mask(x, y)) row[x] = !row[x]
  }
  const data = (LEVEL << 3) | number
  const bits = ((data << 10) | bch(data, 0x537, 10)) ^ 0x5412
  for (const copy of formatPlaces(rows.length))
    copy.forEach(({ x, y }, index) => {
      const row = rows[y]
      if (row) row[x] = ((bits >>> index) & 1) === 1
    })
  return rows
}

/** How hard a code is to read: long runs, squares, patterns like a finder, and too much of one colour. */
function penalty(rows: boolean[][]): number {
  const columns = rows.map((_, x) => rows.map((row) => row[x] === true))
  const lines = [...rows, ...columns].map((line) => line.map((isDark) => (isDark ? '1' : '0')).join(''))
  let sum = 0
  for (const line of lines) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2
    sum += 40 * [...line.matchAll(/(?=10111010000|00001011101)/g)].length
  }
  for (let y = 1; y < rows.length; y += 1)
    for (let x = 1; x < rows.length; x += 1) {
      const value = rows[y]?.[x]
      if (rows[y]?.[x - 1] === value && rows[y - 1]?.[x] === value && rows[y - 1]?.[x - 1] === value) sum += 3
    }
  const dark = rows.flat().filter(Boolean).length / rows.length ** 2
  return sum + 10 * Math.floor(Math.abs(dark - 0.5) * 20)
}

function of(list: number[], index: number): number {
  return list[index] ?? 0
}
