/**
 * Holds the answers of test servers against the API document: every JSON answer that `call` receives must match the schema of its
 * route and status, with no field more, and every answer that is serialised must keep each field that the handler returned.
 */
import { isDeepStrictEqual } from 'node:util'
import { type TSchema, Type } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { Http } from '../../server/src/platform/http/http.ts'

export interface Operation {
  operationId: string
  summary: string
  security?: Record<string, string[]>[]
  parameters?: { in: string; name: string; required?: boolean; example?: unknown; schema: JsonSchema }[]
  requestBody?: { content: Record<string, { schema: JsonSchema; example?: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: JsonSchema }> }>
}

export type JsonSchema = Record<string, unknown>

export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> }
}

/** Answers that precede routing (src/platform/http/refuse-connection.ts): no route lists them. */
const BEFORE_ROUTING = [408, 431]
/** A server with ROLE=worker has two routes; its document describes too little. */
const ENOUGH_PATHS = 30

let document: ApiDocument | null = null
let apps: Http[] = []
const faults: string[] = []

/** Watches what this server serialises. Its document is read at the first answer. */
export function watchAnswers(app: Http): void {
  if (document === null) apps.push(app)
  const returned = new WeakMap<object, unknown>()
  app.addHook('preSerialization', (request, _reply, payload, done) => {
    returned.set(request, payload)
    done(null, payload)
  })
  app.addHook('onSend', (request, reply, sent, done) => {
    if (returned.has(request) && typeof sent === 'string' && reply.statusCode < 400) {
      const expected = JSON.stringify(returned.get(request))
      if (sent !== expected && !isDeepStrictEqual(JSON.parse(sent), JSON.parse(expected))) {
        faults.push(
          `${request.method} ${request.url} returned ${expected.slice(0, 2000)}, but sent ${sent.slice(0, 2000)}`,
        )
      }
    }
    done(null, sent)
  })
}

/** @throws {Error} when the answer, or an earlier one, breaks the contract */
export function checkAnswer(
  method: string,
  path: string,
  answer: { status: number; contentType: string; body: unknown },
): void {
  const fault = faults.splice(0)[0] ?? faultOf(method, path, answer)
  if (fault !== undefined) throw new Error(`The contract is broken: ${fault}`)
}

function faultOf(method: string, path: string, { status, contentType, body }: Parameters<typeof checkAnswer>[2]) {
  document ??= readDocument()
  const found = document && findOperation(document, method, path)
  if (!document || !found || BEFORE_ROUTING.includes(status)) return
  const where = `${found.operation.operationId} (${method} ${path}) answers ${status}`
  const response = found.operation.responses[status]
  if (!response) return `${where}, which its document does not list`
  const type = contentType.split(';')[0]?.trim() ?? ''
  if (!response.content) return type === '' ? undefined : `${where} with a body (${type}), but its document lists none`
  const schema = response.content[type]?.schema
  if (!schema) return `${where} as ${type}, which its document does not list`
  if (!/[/+]json$/.test(type)) return
  const validator = validatorOf(document, schema)
  if (validator.Check(body)) return
  const [error] = validator.Errors(body)
  return `${where}: ${error?.instancePath} ${error?.message}, in ${JSON.stringify(body).slice(0, 2000)}`
}

function readDocument(): ApiDocument | null {
  for (const app of apps) {
    const found = app.swagger() as unknown as ApiDocument
    if (Object.keys(found.paths).length < ENOUGH_PATHS) continue
    apps = []
    return found
  }
  return null
}

/** The operation of a request; a literal path wins over one with a parameter. */
export function findOperation({ paths }: ApiDocument, method: string, path: string) {
  const asked = path.split('?')[0]?.replace(/\/$/, '') ?? ''
  const matching = Object.keys(paths).filter((known) => patternOf(known).test(asked))
  const best = matching.sort((a, b) => a.split('{').length - b.split('{').length)[0]
  const operation = best === undefined ? undefined : paths[best]?.[method.toLowerCase()]
  return operation ? { path: best as string, operation } : undefined
}

const patterns = new Map<string, RegExp>()

function patternOf(path: string): RegExp {
  const known = patterns.get(path)
  if (known) return known
  const parts = path.replace(/\/$/, '').split(/\{\w+\}/)
  const pattern = new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')).join('[^/]+')}$`)
  patterns.set(path, pattern)
  return pattern
}

const validators = new WeakMap<JsonSchema, Validator>()

function validatorOf(from: ApiDocument, schema: JsonSchema): Validator {
  const known = validators.get(schema)
  if (known) return known
  const validator = Compile(Type.Unsafe(closed(from, schema) as TSchema))
  validators.set(schema, validator)
  return validator
}

/** The schema without references, in which no object may have a field that is not listed. */
export function closed({ components }: ApiDocument, schema: unknown): unknown {
  const close = (inner: unknown) => closed({ components } as ApiDocument, inner)
  if (Array.isArray(schema)) return schema.map(close)
  if (schema === null || typeof schema !== 'object') return schema
  const { $ref } = schema as { $ref?: string }
  if ($ref !== undefined) return close(components.schemas[$ref.replace('#/components/schemas/', '')])
  const { example: _example, examples: _examples, ...rest } = schema as JsonSchema
  const inner = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === 'properties'
        ? Object.fromEntries(Object.entries(value as JsonSchema).map(([name, property]) => [name, close(property)]))
        : close(value),
    ]),
  )
  return 'properties' in inner && !('additionalProperties' in inner) ? { ...inner, additionalProperties: false } : inner
}
