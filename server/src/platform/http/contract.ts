import type { FastifySchema } from 'fastify'
import { type Static, type TSchema, type TUnsafe, Type } from 'typebox'

/** A request as it stands in the API document. A test sends it to a new installation and expects the operation's success status. */
export interface Example {
  params?: Record<string, string | number>
  query?: Record<string, string | number | boolean>
  body?: object
}

/** The refusals that not every route has. `contractOf` adds the others. */
type OwnProblem = 403 | 404 | 406 | 409

declare module 'fastify' {
  interface FastifySchema {
    problems?: readonly OwnProblem[]
    example?: Example
  }
}

/** A type of the server as JSON carries it: dates are texts (ISO 8601). */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T

const components = new Map<string, TSchema>()

/**
 * Adds a schema to the API document under `#/components/schemas/<name>`, and returns a reference to it for the routes and for other
 * schemas. The file of the schema must be imported before `createHttp` runs. @throws {Error} when another schema has the name
 */
export function component<T extends TSchema>(name: string, schema: T): TUnsafe<Static<T>> {
  if (components.has(name)) throw new Error(`two schemas have the name ${name}`)
  components.set(name, { ...schema, $id: name })
  return Type.Unsafe<Static<T>>({ $ref: `${name}#` })
}

/** Adds the schema of a request body to the API document, and returns it: the validator needs the schema, not a reference. */
export function bodyComponent<T extends TSchema>(name: string, schema: T): T {
  component(name, schema)
  return { ...schema, $id: name }
}

/** All components, for the API document. */
export function namedSchemas(): TSchema[] {
  return [...components.values()]
}

/**
 * The schema with its components in place of the references. Fastify passes every registered schema to each serialiser that it
 * compiles, which takes almost three times as long.
 */
export function withoutReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutReferences)
  if (schema === null || typeof schema !== 'object') return schema
  const { $id: _id, $ref, ...rest } = schema as { $id?: string; $ref?: string }
  if ($ref !== undefined) return withoutReferences(components.get($ref.replace(/#$/, '')))
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withoutReferences(value)]))
}

const declared = new WeakMap<FastifySchema, FastifySchema>()

/**
 * Returns the schema that Fastify compiles for a route at the start: without the answers, whose serialisers `http.ts` compiles later.
 * `contractOf` maps it back to the declared schema.
 */
export function compiledSchema(schema: FastifySchema): FastifySchema {
  const compiled = { ...schema, response: undefined }
  declared.set(compiled, schema)
  return compiled
}

/** The schema or null. One type with two names needs no validation when an answer is serialised; a union does. */
export function nullable<T extends TSchema>(schema: T): TUnsafe<Static<T> | null> {
  const { type, enum: words } = schema as { type?: string; enum?: string[] }
  if (type === undefined) return Type.Unsafe<Static<T> | null>(Type.Union([schema, Type.Null()]))
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [type, 'null'], ...(words && { enum: [...words, null] }) })
}

/** A time: a Date on the server, ISO 8601 in UTC on the wire. */
export function time(description?: string): TUnsafe<Date> {
  return Type.Unsafe<Date>({ type: 'string', format: 'date-time', ...(description && { description }) })
}

/** One of these words. */
export function oneOf<const T extends string>(words: readonly T[], options: object = {}): TUnsafe<T> {
  return Type.Unsafe<T>({ type: 'string', enum: [...words], ...options })
}

/** An exact amount as decimal text, such as "49.90". */
export function decimal(description?: string): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', ...(description && { description }) })
}

/** An object whose keys are data. */
export function record<T extends TSchema>(values: T, options: object = {}): TUnsafe<Record<string, Static<T>>> {
  return Type.Unsafe<Record<string, Static<T>>>({ type: 'object', additionalProperties: values, ...options })
}

/** An answer without a body (204). */
export function nothing(description: string) {
  return Type.Unsafe<undefined>({ type: 'null', description })
}

/** An answer that is not JSON: a download or a stream. */
export function download(contentType: string, description: string) {
  return { description, content: { [contentType]: { schema: Type.Unsafe<unknown>({ type: 'string' }) } } }
}

/** The body of every refusal. */
export const ProblemDocument = component(
  'Problem',
  Type.Object(
    {
      type: Type.String(),
      title: Type.String({ description: 'the name of the status' }),
      status: Type.Integer(),
      error: Type.String({ description: 'a stable code, such as invalid_input' }),
      detail: Type.String({ description: 'the cause and the next step, in the language of Accept-Language' }),
      issues: Type.Optional(
        Type.Array(Type.Object({ path: Type.String(), detail: Type.String() }), {
          description: 'one entry for each invalid field',
        }),
      ),
      stored_version: Type.Optional(
        Type.String({ description: 'only of version_conflict: the version of the stored set of pages' }),
      ),
      confirm_url: Type.Optional(
        Type.String({ description: 'only of site_mismatch: where the owner confirms the site' }),
      ),
    },
    { description: 'A refusal (RFC 9457).' },
  ),
)
export type ProblemDocument = Static<typeof ProblemDocument>

const RETRY_AFTER = { 'Retry-After': { type: 'integer', description: 'seconds to wait before the next attempt' } }

const PROBLEMS: Record<number, { description: string; headers?: object }> = {
  400: { description: 'The request is invalid; issues names the fields.' },
  401: { description: 'The credential is missing, wrong, expired or revoked.' },
  403: { description: 'The credential is valid, but not for this request.' },
  404: { description: 'The object does not exist, or belongs to another tenant.' },
  406: { description: 'The header Accept does not allow this answer.' },
  409: { description: 'The state of the object does not allow this request.' },
  413: { description: 'The body is too large.' },
  414: { description: 'A part of the path has more than 200 characters.' },
  415: { description: 'The body is not JSON, or it is compressed.' },
  429: { description: 'Too many requests; this one had no effect.', headers: RETRY_AFTER },
  500: { description: 'An internal error, which the server has logged.' },
  503: { description: 'The server cannot process the request now; it had no effect.', headers: RETRY_AFTER },
}

function problem(status: number) {
  return { ...PROBLEMS[status], content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } }
}

/** Every status of a refusal that the route can give. */
function problemsOf({ params, body, problems = [] }: FastifySchema, isOpen: boolean): number[] {
  return [
    400,
    ...(isOpen ? [] : [401, 403]),
    ...problems,
    ...(body ? [413, 415] : []),
    ...(params ? [414] : []),
    429,
    500,
    503,
  ]
}

const SUCCESSES: Record<string, string> = { 200: 'Done.', 201: 'Created.', 202: 'Accepted.' }

/**
 * The schema of a route as the API document shows it: with its refusals and the examples of its parameters. Refusals have no
 * serialiser: `http.ts` writes all of them.
 */
export function contractOf(compiled: FastifySchema, isOpen: boolean): FastifySchema {
  const schema = declared.get(compiled)
  if (!schema) return compiled
  const { example, problems: _problems, ...rest } = schema
  const successes = Object.entries(schema.response ?? {}).map(([status, answer]) => [
    status,
    { description: SUCCESSES[status], ...(answer as object) },
  ])
  const refusals = problemsOf(schema, isOpen).map((status) => [status, problem(status)])
  const shown: FastifySchema = { ...rest, response: Object.fromEntries([...successes, ...refusals]) }
  if (schema.querystring && example?.query) shown.querystring = withExamples(schema.querystring, example.query)
  if (schema.params && example?.params) shown.params = withExamples(schema.params, example.params)
  const { $id } = (schema.body ?? {}) as { $id?: string }
  if ($id !== undefined) shown.body = { $ref: `${$id}#` }
  return shown
}

/** Each parameter with its value of the example. */
function withExamples(schema: unknown, values: Record<string, unknown>) {
  const { properties, ...rest } = schema as { properties: Record<string, object> }
  const shown = Object.entries(properties).map(([name, property]) => [
    name,
    name in values ? { ...property, examples: [values[name]] } : property,
  ])
  return { ...rest, properties: Object.fromEntries(shown) }
}
