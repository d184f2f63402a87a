/** Reads the hand-written lists: kinds of things, Persian spellings of brands, and the bases that products are made of. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Kind {
  id: string
  parent: string | null
  persian: string
  english: string
}

/** Facts that all products of one base share, its sentences and its names. README.md explains the format. */
export interface Base {
  /** File and line, for messages and as a seed. */
  place: string
  kind: string
  audience: string
  language: 'fa' | 'en'
  /** Uses of the thing: 3 its purpose, 2 good for it, 1 usable. */
  uses: Record<string, number>
  features: string[]
  material: string | null
  colours: string[]
  sizes: string[]
  /** Gigabytes. */
  capacities: number[]
  ramGb: number | null
  /** Thousand toman, from and to. */
  prices: [number, number]
  names: string[]
  sentences: string[]
  editions: { brand: string; model: string }[]
}

const folder = new URL('./', import.meta.url)
const linesOf = (file: string) =>
  readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .map((text, index) => ({ text: text.trim(), line: index + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))

export function readKinds(): Map<string, Kind> {
  return new Map(
    linesOf('kinds.txt').map(({ text }) => {
      const [id = '', parent = '', persian = '', english = ''] = text.split('|').map((part) => part.trim())
      return [id, { id, parent: parent === '-' ? null : parent, persian, english }]
    }),
  )
}

/** Latin name to Persian spelling. */
export function readBrands(): Map<string, string> {
  return new Map(
    linesOf('brands.txt').map(({ text }) => {
      const [latin = '', persian = ''] = text.split('=')
      return [latin, persian]
    }),
  )
}

/** @throws {Error} naming file and line when a base is incomplete */
export function readBases(): Base[] {
  const files = readdirSync(new URL('bases/', folder))
    .filter((file) => file.endsWith('.txt'))
    .sort()
  return files.flatMap((file) => {
    const bases: Base[] = []
    for (const { text, line } of linesOf(`bases/${file}`)) {
      const place = `${file}:${line}`
      const body = text.slice(2)
      const base = bases.at(-1)
      if (text.startsWith('@ ')) bases.push(readFacts(place, body))
      else if (base && text.startsWith('N ')) base.names = body.split(' / ')
      else if (base && text.startsWith('D ')) base.sentences = body.split(' | ')
      else if (base && text.startsWith('V ')) base.editions = body.split(';').map((part) => readEdition(place, part))
      else throw new Error(`${place} is no line of a base`)
    }
    for (const base of bases)
      if (base.names.length * base.sentences.length * base.editions.length === 0)
        throw new Error(`${base.place} lacks names, sentences or editions`)
    return bases
  })
}

function readFacts(place: string, text: string): Base {
  const [kind = '', ...pairs] = text.split(';').map((part) => part.trim())
  const given = new Map(pairs.map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]))
  const list = (key: string) => (given.get(key) ?? '-').split(' ').filter((word) => word !== '-' && word !== '')
  const [from = 0, to = 0] = (given.get('p') ?? '').split('-').map(Number)
  if (kind === '' || !(from > 0 && to >= from)) throw new Error(`${place} lacks its kind or its prices`)
  return {
    place,
    kind,
    audience: given.get('for') ?? 'unisex',
    language: given.get('lang') === 'en' ? 'en' : 'fa',
    uses: Object.fromEntries(list('use').map((use) => [use.split(':')[0], Number(use.split(':')[1])])),
    features: list('feat'),
    material: list('mat')[0] ?? null,
    colours: list('col'),
    sizes: list('size'),
    capacities: list('cap').map(Number),
    ramGb: given.has('ram') ? Number(given.get('ram')) : null,
    prices: [from, to],
    names: [],
    sentences: [],
    editions: [],
  }
}

function readEdition(place: string, text: string): { brand: string; model: string } {
  const [brand = '', model = ''] = text.trim().split('/')
  if (brand === '' || model === '') throw new Error(`${place}: “${text}” is not brand/model`)
  return { brand, model }
}
