import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type preSerializationHookHandler,
} from 'fastify'
import { invalidInput, isOutage, Problem } from '../errors.ts'
import { negotiateLanguage } from '../i18n.ts'
import type { Log } from '../log.ts'
import { VERSION } from '../version.ts'
import { compress, isCompressible } from './compress.ts'
import { boundConnections, type Connections } from './connections.ts'
import { compiledSchema, contractOf, namedSchemas, withoutReferences } from './contract.ts'
import { answerWhileSending, isStillSending } from './early-answers.ts'
import { parseExactJson } from './exact-json.ts'
import { refuseBadHost } from './host-header.ts'
import { refuseConnection } from './refuse-connection.ts'
import { DOCS_POLICY, setSecurityHeaders } from './security-headers.ts'
import { SchemaMismatch, validatorCompiler } from './validation.ts'

export type Http = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is public and limited by IP. Other routes need a valid credential. */
    isOpen?: boolean
    /** The route has no rate limit: for liveness probes, which restart the process when no answer comes. */
    isUncounted?: boolean
  }
}

interface HttpOptions {
  trustedProxies: string[]
  /** Public address of the server; with https the server sends Strict-Transport-Security. */
  publicUrl: string | null
  /** Authorizes a request before its body is read. Throws the refusal. */
  admit?: (request: FastifyRequest) => Promise<void>
  /** Receives the status of every response, for metrics. */
  answered?: (status: number) => void
  /** Answers a request for an unknown path with a page; null: no page exists there either. */
  pageAt?: PageAt
  /** The kinds of credentials, for the API document: security schemes of OpenAPI by name. */
  credentials?: Record<string, SecurityScheme>
}

type SecurityScheme = { description: string } & (
  | { type: 'http'; scheme: 'bearer' }
  | { type: 'apiKey'; in: 'cookie'; name: string }
)

export type PageAt = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | null

/** Body limit of ordinary endpoints; the batch endpoint sets its own. */
const BODY_LIMIT_BYTES = 1_000_000
/** Limit for the request line and headers together. */
const HEADER_LIMIT_BYTES = 16_384
/** Prefix of an absolute-form target (`GET http://host/path`). Every server must accept this form; only the path is used here. */
const AUTHORITY = /^https?:\/\/[^/?#]*/i

/**
 * Creates the HTTP server: JSON only, limited in size, depth and time; every error is an RFC 9457 problem document in the caller's
 * language; `/openapi.json` and `/docs` are generated from the route schemas.
 */
export async function createHttp(log: Log, options: HttpOptions): Promise<Http> {
  const { trustedProxies, publicUrl, admit, answered, pageAt, credentials = {} } = options
  let connections: Connections | undefined
  const app = Fastify<Server>({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    // A client that sends its request too slowly is disconnected within 15 s: the limit is 12 s, checked every 2 s.
    requestTimeout: 12_000,
    connectionTimeout: 0,
    http: {
      headersTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: HEADER_LIMIT_BYTES,
      // Checked in host-header.ts instead, so that the error is a problem document.
      requireHostHeader: false,
    },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, connections?.isAnswering(socket) ?? false),
    rewriteUrl: ({ url = '/' }) => url.replace(AUTHORITY, '') || '/',
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // Requests in progress are still answered while the server stops.
    return503OnClosing: false,
    // Errors before routing.
    frameworkErrors: (error, request, reply) => void sendProblem(reply, request, toProblem(error)),
  }).withTypeProvider<TypeBoxTypeProvider>()

  const bounded = boundConnections(app.server, trustedProxies)
  connections = bounded
  app.setValidatorCompiler(validatorCompiler as Parameters<typeof app.setValidatorCompiler>[0])
  readOnlyJson(app)
  answerProblems(app, log, pageAt)
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    refuseBadHost(request.raw)
    await admit?.(request)
    if (request.caller) bounded.trust(request.raw.socket)
  })
  const isHttps = publicUrl?.startsWith('https://') ?? false
  app.addHook('onSend', (request, reply, payload, done) => {
    setSecurityHeaders(reply, isHttps)
    if (reply.raw.shouldKeepAlive) {
      reply.header('keep-alive', `timeout=${bounded.keepAliveSeconds(request.raw.socket)}`)
    }
    if (isStillSending(request.raw) && (typeof payload === 'string' || Buffer.isBuffer(payload))) {
      reply.header('content-length', Buffer.byteLength(payload))
      done(null, answerWhileSending(request.raw, payload))
    } else if (isCompressible(request, reply, payload)) compress(reply, payload, (sent) => done(null, sent))
    else done(null, payload)
  })
  app.addHook('onResponse', async (request, reply) => {
    answered?.(reply.statusCode)
    if (reply.statusCode < 400 && !log.isLevelEnabled('debug')) return
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? withoutSecrets(request.url.split('?')[0] ?? ''),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    }
    // Successful work is counted by the work itself; a line per request would cost more than the request.
    if (reply.statusCode >= 400) log.info(line, 'http.refused')
    else log.debug(line, 'http.answered')
  })
  app.addHook('preClose', async () => bounded.prepareToStop())
  await describeItself(app, credentials)
  return app
}

function readOnlyJson(app: Http): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i,
    { parseAs: 'buffer' },
    async (request: { headers: IncomingMessage['headers'] }, body: Buffer) => {
      const encoding = request.headers['content-encoding']
      if (encoding && encoding !== 'identity') {
        throw new Problem(415, 'unsupported_encoding', {
          en: `Content-Encoding ${encoding} is not supported: send the body uncompressed.`,
          fa: `رمزگذاری ${encoding} پشتیبانی نمی‌شود: متن را بدون فشرده‌سازی بفرستید.`,
        })
      }
      return parseExactJson(body)
    },
  )
}

function answerProblems(app: Http, log: Log, pageAt: PageAt = () => null): void {
  app.setErrorHandler(async (error, request, reply) => {
    const problem = toProblem(error)
    if (problem.status === 500) log.error({ route: request.routeOptions.url, error: describe(error) }, 'http.failed')
    else if (problem.status === 503)
      log.warn({ route: request.routeOptions.url, error: String(error) }, 'http.unavailable')
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
    reply.headers(problem.headers)
    return sendProblem(reply, request, problem)
  })
  app.setNotFoundHandler(async (request, reply) => {
    const page = pageAt(request, reply)
    if (page) return page
    const problem = new Problem(404, 'not_found', {
      en: `There is no route ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}. The paths are listed at /docs.`,
      fa: 'در این نشانی چیزی نیست. فهرست نشانی‌ها در ‎/docs‎ آمده است.',
    })
    return sendProblem(reply, request, problem)
  })
}

function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(document(problem, request)))
}

function badRequest(en: string, fa: string): Problem {
  return new Problem(400, 'bad_request', { en, fa })
}

function document(problem: Problem, request: { headers: IncomingMessage['headers'] }) {
  const language = negotiateLanguage(request.headers['accept-language'])
  return {
    type: 'about:blank',
    title: TITLES[problem.status] ?? 'Error',
    status: problem.status,
    error: problem.code,
    detail: problem.detail[language],
    ...(problem.issues.length > 0 && {
      issues: problem.issues.map((issue) => ({ path: issue.path, detail: issue.detail[language] })),
    }),
    ...problem.extensions,
  }
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The only place that maps an error to an HTTP status. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof SchemaMismatch) return invalidInput(error.issues)
  if (isOutage(error)) {
    return new Problem(
      503,
      'unavailable',
      {
        en: 'The database cannot be reached right now. Nothing was stored; send the same request again shortly.',
        fa: 'پایگاه داده اکنون در دسترس نیست. چیزی ذخیره نشد؛ کمی بعد همین درخواست را دوباره بفرستید.',
      },
      { retryAfterSeconds: 5 },
    )
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Problem(413, 'too_large', {
      en: 'The body is too large: at most 5 MB for the webhook and its batch, 1 MB elsewhere.',
      fa: 'حجم درخواست زیاد است: حداکثر ۵ مگابایت برای وب‌هوک و دستهٔ آن و ۱ مگابایت در جاهای دیگر.',
    })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Problem(415, 'not_json', {
      en: 'The body must be JSON: send the header Content-Type: application/json.',
      fa: 'متن درخواست باید JSON باشد: سرایند Content-Type: application/json را بفرستید.',
    })
  }
  if (code === 'FST_ERR_BAD_URL') {
    return badRequest('The address is not valid percent-encoded UTF-8.', 'نشانی به‌درستی رمزگذاری نشده است.')
  }
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new Problem(414, 'address_too_long', {
      en: 'A part of the path is too long: at most 200 characters.',
      fa: 'بخشی از نشانی از هر شناسه‌ای بلندتر است.',
    })
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const detail = (error as Error).message
    return new Problem(statusCode, 'bad_request', { en: detail, fa: detail })
  }
  return new Problem(500, 'internal', {
    en: 'An internal error occurred and was logged. Sending the same request again is safe.',
    fa: 'خطایی در سمت ما رخ داد و ثبت شد. فرستادن دوبارهٔ همین درخواست بی‌خطر است.',
  })
}

async function describeItself(app: Http, securitySchemes: Record<string, SecurityScheme>): Promise<void> {
  const examples = new Map<string, unknown>()
  app.addHook('onRoute', (route) => {
    const { schema } = route
    if (!schema || schema.hide) return
    if (schema.operationId && schema.example?.body) examples.set(schema.operationId, schema.example.body)
    route.schema = route.method === 'HEAD' ? { ...schema, response: undefined } : compiledSchema(schema)
    if (schema.response) route.preSerialization = serializeBy(schema.response as Answers)
  })
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fiko Sync',
        version: VERSION,
        description: 'From a WooCommerce catalogue to an AI knowledge base.',
      },
      components: { securitySchemes },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, place) => String(schema.$id ?? `schema-${place}`) },
    transform: ({ schema, url, route }) => ({ schema: contractOf(schema, route.config?.isOpen ?? false), url }),
    transformObject: (made) => withBodyExamples('openapiObject' in made ? made.openapiObject : {}, examples),
  })
  // The plugin reads the schemas of every scope; in a scope without routes no serialiser gets them.
  await app.register(async (scope) => {
    for (const schema of namedSchemas()) scope.addSchema(schema)
  })
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs')) route.config = { ...route.config, isOpen: true }
  })
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: DOCS_POLICY })
  app.get('/openapi.json', { schema: { hide: true }, config: { isOpen: true } }, async () => app.swagger())
}

/** Schemas of a route's answers by status. */
type Answers = Record<number, object>

/** Compiled serialisers by their schema: many routes share one, and so do the servers of a test process. */
const serializers = new WeakMap<object, ReturnType<FastifyReply['compileSerializationSchema']>>()

/**
 * Serialises answers by their schemas. A serialiser is compiled at the first answer that needs it: most of the 200 are not needed in the
 * first minutes, and to compile all of them took 0.1 s of CPU at each start.
 */
function serializeBy(answers: Answers): preSerializationHookHandler {
  return (_request, reply, payload, done) => {
    const answer = answers[reply.statusCode]
    if (answer) {
      let serialize = serializers.get(answer)
      if (!serialize) {
        serialize = reply.compileSerializationSchema(withoutReferences(answer) as Record<string, unknown>)
        serializers.set(answer, serialize)
      }
      reply.serializer(serialize)
    }
    done(null, payload)
  }
}

/** Adds the examples of request bodies: the plugin drops them beside a reference. */
function withBodyExamples<T extends { paths?: object }>(document: T, examples: Map<string, unknown>): T {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const { operationId, requestBody } of Object.values(operations ?? {}) as Operation[]) {
      const media = requestBody?.content['application/json']
      if (media && examples.has(operationId)) media.example = examples.get(operationId)
    }
  }
  return document
}

type Operation = { operationId: string; requestBody?: { content: Record<string, { example?: unknown }> } }

/** A path that leads to no route, without its long parts: one may be a token that a program put into the address. */
function withoutSecrets(path: string): string {
  return path.replaceAll(/[^/]{20,}/g, '…')
}
