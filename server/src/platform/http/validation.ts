import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import type { Issue } from '../errors.ts'
import type { Localised } from '../i18n.ts'
import { InexactNumber } from './exact-json.ts'

/** An error of TypeBox; the part of JSON Schema's error form that is used here. */
export interface SchemaError {
  keyword: string
  instancePath: string
  params?: unknown
}

/** Maximum number of issues in one response. */
export const MAX_ISSUES = 20

// By default TypeBox stops at 8 errors and reports up to 4 for one field (an optional amount), which hid invalid fields.
Settings.Set({ maxErrors: 4 * MAX_ISSUES })

/** Describes a field in both languages, for its documentation and its error message. */
export function localized(en: string, fa: string): { description: string; 'x-fa': string } {
  return { description: en, 'x-fa': fa }
}

/** The schema of an id: up to 2^53-1, because larger numbers would be rounded before they reach the database. */
export function idSchema(words: ReturnType<typeof localized>) {
  return Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, ...words })
}

/** Compiles a check that returns the list of issues (empty: valid). */
export function compileCheck(schema: TSchema): (value: unknown) => Issue[] {
  const compiled = Compile(schema)
  return (value) => (compiled.Check(value) ? [] : issuesOf(schema, compiled.Errors(value) as SchemaError[], value))
}

/**
 * Fastify's validator compiler: query strings and paths are converted from text, bodies are not. The schema is compiled at the first
 * request, because most routes get none in the first minutes after a start.
 */
export function validatorCompiler({ schema, httpPart }: { schema: TSchema; httpPart?: string }) {
  let atFirstUse: ReturnType<typeof Compile> | undefined
  const { properties = {}, additionalProperties } = schema as { properties?: object; additionalProperties?: boolean }
  const isClosed = httpPart === 'querystring' || additionalProperties === false
  return (value: unknown) => {
    const unknown =
      isClosed && isObject(value) ? Object.keys(value).filter((name) => !Object.hasOwn(properties, name)) : []
    if (unknown.length > 0) {
      const known = Object.keys(properties)
      return { error: new SchemaMismatch(unknown.slice(0, MAX_ISSUES).map((name) => unknownField(name, known))) }
    }
    atFirstUse ??= Compile(schema)
    const compiled = atFirstUse
    const converted = httpPart === 'body' ? value : Value.Convert(schema, value)
    if (compiled.Check(converted)) {
      const nul = pathOfNul(converted)
      return nul === null ? { value: converted } : { error: new SchemaMismatch([noNul(nul)]) }
    }
    return { error: new SchemaMismatch(issuesOf(schema, compiled.Errors(converted) as SchemaError[], converted)) }
  }
}

/** Path of the first text with a NUL, which PostgreSQL cannot store. (Events are repaired instead: ingest/canonical-json.ts.) */
function pathOfNul(value: unknown, path: string[] = []): string[] | null {
  if (typeof value === 'string') return value.includes('\0') ? path : null
  if (value === null || typeof value !== 'object') return null
  for (const [key, inner] of Object.entries(value)) {
    const found = pathOfNul(inner, [...path, key])
    if (found) return found
  }
  return null
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** An unknown parameter or field is an error, so that a typo is not ignored: `max_prise=100` would return every price. */
function unknownField(name: string, known: string[]): Issue {
  const list = known.join(', ')
  return {
    path: name.slice(0, 60),
    detail: {
      en: `is not a parameter here; known are ${list}`,
      fa: `پارامتر این نشانی نیست؛ پارامترهای شناخته‌شده: ${list}`,
    },
  }
}

function noNul(path: string[]): Issue {
  return {
    path: path.join('.'),
    detail: { en: 'must not contain the character NUL (U+0000)', fa: 'نباید نویسهٔ NUL (U+0000) داشته باشد' },
  }
}

/** Carries the issues through Fastify to the error handler. */
export class SchemaMismatch extends Error {
  override name = 'SchemaMismatch'
  readonly issues: Issue[]

  constructor(issues: Issue[]) {
    super('the request does not match its schema')
    this.issues = issues
  }
}

function issuesOf(schema: TSchema, errors: SchemaError[], value: unknown): Issue[] {
  const issues = new Map<string, Issue>()
  for (const error of errors) {
    const paths = error.keyword === 'required' ? missingPaths(error) : [error.instancePath]
    for (const path of paths) {
      if (issues.size >= MAX_ISSUES) break
      const name = path === '' ? 'body' : path.slice(1).replaceAll('/', '.')
      if (!issues.has(name))
        issues.set(name, { path: name, detail: sentence(error, expectation(schema, path), path, value) })
    }
  }
  // Drops an issue whose path has a more precise issue below it, such as the id of one variation.
  const paths = [...issues.keys()]
  return [...issues.values()].filter((issue) => !paths.some((path) => path.startsWith(`${issue.path}.`)))
}

function missingPaths(error: SchemaError): string[] {
  const names = (error.params as { requiredProperties?: string[] } | undefined)?.requiredProperties ?? []
  return names.map((name) => `${error.instancePath}/${name}`)
}

function sentence(error: SchemaError, expected: Localised, path: string, value: unknown): Localised {
  if (error.keyword === 'required') {
    return { en: `is required: ${expected.en}`, fa: `لازم است: ${expected.fa}` }
  }
  const got = shown(path.split('/').slice(1).reduce<unknown>(childOf, value))
  return { en: `must be ${expected.en}, but it is ${got}`, fa: `باید ${expected.fa} باشد، ولی ${got} است` }
}

function childOf(parent: unknown, key: string): unknown {
  return parent !== null && typeof parent === 'object' ? (parent as Record<string, unknown>)[key] : undefined
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value instanceof InexactNumber) return `${value} (more than 15 significant digits: send it as text)`
  if (value !== null && typeof value === 'object') return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Finds the description of a field in the schema by its instance path. */
function expectation(schema: TSchema, path: string): Localised {
  let current = schema as Record<string, unknown>
  for (const key of path.split('/').slice(1)) {
    const properties = current.properties as Record<string, Record<string, unknown>> | undefined
    const next = properties?.[key] ?? (current.items as Record<string, unknown> | undefined)
    if (!next) break
    current = next
  }
  const en =
    typeof current.description === 'string' ? current.description : `a valid ${String(current.type ?? 'value')}`
  return { en, fa: typeof current['x-fa'] === 'string' ? current['x-fa'] : en }
}
