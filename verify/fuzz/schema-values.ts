/** Values for a JSON schema of the OpenAPI document: right ones, ones at its limits, and wrong ones. */
import type { Random } from '../../scripts/random.ts'
import { nastyText, nastyValue } from './nasty-values.ts'

export interface Schema {
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  pattern?: string
  format?: string
}

/** Ids that the server returned: a made-up id is nearly always a 404 and tests little. */
export interface KnownValues {
  idFor(field: string): number | string
}

const WORDS = ['shoe', 'کفش', 'green', 'سبز', 'winter', 'زمستانی', 'large', 'cotton'] as const

/** Fields whose format the schema does not state. */
const FORMS: Record<string, (random: Random) => unknown> = {
  price: (random) => random.oneOf(['850000', '15.50', '', 99, '۱۲۳٬۰۰۰', '0']),
  regular_price: (random) => random.oneOf(['950000', '', 0]),
  sale_price: (random) => random.oneOf(['', '700000', null]),
  min_price: (random) => String(random.below(1000)),
  max_price: (random) => String(1000 + random.below(1_000_000)),
  stock_quantity: (random) => random.oneOf([12, 0, -5, null, '3']),
  date_modified: (random) => random.oneOf(['2025-11-10T09:30:00Z', '2025-11-10 09:30:00', '', null]),
  event_id: (random) => `fuzz-${random.below(random.oneOf([50, 2 ** 31]))}`,
  version: (random) => random.oneOf([null, random.below(2 ** 31), 1_762_768_200_123_456]),
  status: (random) => random.oneOf(['publish', 'publish', 'draft', 'received', 'dead']),
  catalog_visibility: (random) => random.oneOf(['visible', 'hidden']),
  product_hash: (random) => random.oneOf(['', 'abc123']),
  image: () => 'https://shop.example/a.jpg',
  permalink: (random) => `https://shop.example/product/${random.below(1000)}/`,
  site: () => 'https://shop.example',
  email: (random) => `fuzz${random.below(2 ** 31)}@example.com`,
  digest: (random) =>
    random
      .below(2 ** 31)
      .toString(16)
      .padStart(32, '0'),
  allowed_ips: (random) => random.oneOf([[], ['203.0.113.7'], ['2001:db8::/32']]),
  expires_at: (random) => random.oneOf(['2037-01-31T00:00:00Z', '2021-01-31T00:00:00Z']),
  password: () => 'a long enough password',
  from: (random) => random.below(100),
  to: (random) => 100 + random.below(1000),
  cursor: (random) =>
    Buffer.from(
      JSON.stringify([
        random.oneOf(['next', 'previous', 'sideways']),
        random.oneOf(['1', '9007199254740991', "'", '2025-01-01', '1e400', 'NaN', 'infinity', '\0', '']),
        random.oneOf([1, 0, -1, 2 ** 53, 1.5]),
      ]),
    ).toString('base64url'),
}

/** The two steps of a reconciliation: of its fields these are left out, or it is always refused. */
const RECONCILE_STEPS: [string[], ...string[][]] = [['ranges'], ['from', 'to', 'products']]

/** A value that the schema (and, as far as we know, the server) takes. */
export function validValue(schema: Schema, field: string, random: Random, known: KnownValues): unknown {
  // Text of the right type and length, and nasty all the same: it gets as far as ordinary text does.
  if (takesAnyText(schema) && random.below(100) < 15) return nastyText(random).slice(0, schema.maxLength)
  const form = FORMS[field]
  if (form && schema.type !== 'object') return form(random)
  if (/^id$|_id$/.test(field) && (schema.type === 'integer' || schema.format === 'uuid')) return known.idFor(field)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[random.below(schema.enum.length)]
  if (schema.anyOf) return validValue(schema.anyOf[random.below(schema.anyOf.length)] ?? {}, field, random, known)
  switch (schema.type) {
    case 'object':
      return validObject(schema, random, known)
    case 'array':
      return schema.items
        ? Array.from({ length: random.below(4) }, () => validValue(schema.items ?? {}, field, random, known))
        : []
    case 'integer':
      return (schema.minimum ?? 0) + random.below(20)
    case 'number':
      return random.below(100)
    case 'boolean':
      return random.below(2) === 1
    case 'null':
      return null
    default:
      return words(random).slice(0, schema.maxLength)
  }
}

function takesAnyText({ type, pattern, format, enum: choices, const: only }: Schema): boolean {
  return type === 'string' && !pattern && !format && !choices && only === undefined
}

function words(random: Random): string {
  return Array.from({ length: 1 + random.below(3) }, () => random.oneOf(WORDS)).join(' ')
}

/** Not required by their schema, and refused without. */
const ALWAYS = new Set(['name', 'ranges', 'from', 'to', 'products'])

function validObject(schema: Schema, random: Random, known: KnownValues): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  const left = schema.properties?.ranges ? random.oneOf(RECONCILE_STEPS) : []
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !left.includes(name))
  // Half of what may be left out: all of it each time would hide what defaults do.
  for (const [name, inner] of properties) {
    if (schema.required?.includes(name) || ALWAYS.has(name) || random.below(2) === 0) {
      object[name] = validValue(inner, name, random, known)
    }
  }
  return object
}

/** A value at, or just beyond, a limit of the schema. */
export function boundaryValue(schema: Schema, random: Random): unknown {
  const inner = schema.anyOf?.[random.below(schema.anyOf.length)] ?? schema
  const { minLength = 0, maxLength, minimum, maximum, maxItems } = inner
  if (maxLength !== undefined && maxLength <= 10_000) {
    return random.oneOf(['a', '\u{1f45f}', 'ش']).repeat(random.oneOf([minLength, maxLength, maxLength + 1]))
  }
  if (minimum !== undefined || maximum !== undefined) {
    const limits = [minimum ?? 0, (minimum ?? 0) - 1, maximum ?? 0, (maximum ?? 0) + 1]
    return limits[random.below(4)]
  }
  if (maxItems !== undefined && maxItems <= 1000) {
    return Array.from({ length: random.oneOf([0, maxItems, maxItems + 1]) }, () => 1)
  }
  return nastyValue(random)
}

/** Makes a body wrong in a few places, wherever they are: a field left out, another type, something extra. */
export function spoil(value: unknown, schema: Schema, random: Random): unknown {
  if (value === null || typeof value !== 'object') return nastyValue(random)
  const keys = Object.keys(value)
  const key = keys[random.below(Math.max(1, keys.length))]
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
  const inner = key === undefined ? undefined : (schema.properties?.[key] ?? schema.items)
  switch (random.below(6)) {
    case 0:
      if (key !== undefined) delete copy[key]
      return copy
    case 1:
      if (!Array.isArray(copy)) copy[nastyText(random)] = nastyValue(random)
      return copy
    case 2:
      if (key !== undefined && inner) copy[key] = boundaryValue(inner, random)
      return copy
    case 3:
      return nastyValue(random)
    default:
      if (key === undefined) return nastyValue(random)
      copy[key] = spoil(copy[key], inner ?? {}, random)
      return copy
  }
}
