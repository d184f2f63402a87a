import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { invalidInput, isOutage, Problem } from './errors.ts'
import { parseExactJson } from './exact-json.ts'
import type { Log } from './log.ts'
import { languageOf } from './speech.ts'
import { SchemaMismatch, validatorCompiler } from './validation.ts'

export type Http = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>

/** Bodies of ordinary endpoints; the batch endpoint sets its own. */
const BODY_LIMIT_BYTES = 1_000_000

/**
 * Makes the HTTP server: JSON only, bounded in size, depth and time, every failure an RFC 9457 problem document in the
 * caller's language, `/openapi.json` and `/docs` made from the routes' own schemas.
 */
export async function createHttp(log: Log, trustedProxies: string[]): Promise<Http> {
  const app = Fastify<Server>({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    // A client that drips its request is closed within 15 s: 12 s, looked at every 2 s.
    requestTimeout: 12_000,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // Answers to what is already under way are still given while the server stops.
    return503OnClosing: false,
    // What fails before any route is found: these, and what Node's own parser refuses.
    frameworkErrors: (error, request, reply) => void sendProblem(reply, request, toProblem(error)),
    clientErrorHandler: refuseUnreadable,
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setValidatorCompiler(validatorCompiler as Parameters<typeof app.setValidatorCompiler>[0])
  readOnlyJson(app)
  answerProblems(app, log)
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode < 400 && !log.isLevelEnabled('debug')) return
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? request.url.split('?')[0],
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    }
    // What succeeds is counted where the work is done; a line per request would cost more than the request.
    if (reply.statusCode >= 400) log.info(line, 'http.refused')
    else log.debug(line, 'http.answered')
  })
  // A connection whose last request was under way when the server began to stop would hold it for the whole 65 s.
  app.addHook('preClose', async () => {
    app.server.keepAliveTimeout = 1
  })
  await describeItself(app)
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
          en: `Content-Encoding ${encoding} is not understood: send the body uncompressed.`,
          fa: `رمزگذاری ${encoding} پشتیبانی نمی‌شود: متن را بدون فشرده‌سازی بفرستید.`,
        })
      }
      return parseExactJson(body)
    },
  )
}

function answerProblems(app: Http, log: Log): void {
  app.setErrorHandler(async (error, request, reply) => {
    const problem = toProblem(error)
    if (problem.status === 500) log.error({ route: request.routeOptions.url, error: describe(error) }, 'http.failed')
    else if (problem.status === 503)
      log.warn({ route: request.routeOptions.url, error: String(error) }, 'http.unavailable')
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
    return sendProblem(reply, request, problem)
  })
  app.setNotFoundHandler(async (request, reply) => {
    const problem = new Problem(404, 'not_found', {
      en: `There is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}. The paths are listed at /docs.`,
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

/** What is not HTTP, takes too long to come or has too large a head is answered here, without a request, and ends the connection. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const problem =
    UNREADABLE[error.code ?? ''] ?? badRequest('The request is not valid HTTP.', 'درخواست HTTP معتبر نیست.')
  if (socket.writable) {
    const body = JSON.stringify(document(problem, { headers: {} }))
    socket.write(
      `HTTP/1.1 ${problem.status} ${TITLES[problem.status]}\r\nContent-Type: application/problem+json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy(error)
}

const UNREADABLE: Record<string, Problem> = {
  ERR_HTTP_REQUEST_TIMEOUT: new Problem(408, 'too_slow', {
    en: 'The request did not arrive in time: send it again, whole.',
    fa: 'درخواست به‌موقع کامل نرسید: آن را دوباره بفرستید.',
  }),
  HPE_HEADER_OVERFLOW: new Problem(431, 'headers_too_large', {
    en: 'The address and headers are too large: at most 16 KB.',
    fa: 'نشانی و سرایندها بسیار بزرگ‌اند: حداکثر ۱۶ کیلوبایت.',
  }),
}

function badRequest(en: string, fa: string): Problem {
  return new Problem(400, 'bad_request', { en, fa })
}

function document(problem: Problem, request: { headers: IncomingMessage['headers'] }) {
  const language = languageOf(request.headers['accept-language'])
  return {
    type: 'about:blank',
    title: TITLES[problem.status] ?? 'Error',
    status: problem.status,
    error: problem.code,
    detail: problem.detail[language],
    ...(problem.issues.length > 0 && {
      issues: problem.issues.map((issue) => ({ path: issue.path, detail: issue.detail[language] })),
    }),
  }
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The one place where an error becomes an HTTP status. */
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
      en: 'The body is too large: at most 1 MB for one event, 5 MB for a batch.',
      fa: 'حجم درخواست زیاد است: حداکثر ۱ مگابایت برای یک رویداد و ۵ مگابایت برای یک دسته.',
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
      en: 'A part of the address is longer than any id.',
      fa: 'بخشی از نشانی از هر شناسه‌ای بلندتر است.',
    })
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const detail = (error as Error).message
    return new Problem(statusCode, 'bad_request', { en: detail, fa: detail })
  }
  return new Problem(500, 'internal', {
    en: 'Something went wrong on our side; it was logged. Sending the same request again is safe.',
    fa: 'خطایی در سمت ما رخ داد و ثبت شد. فرستادن دوبارهٔ همین درخواست بی‌خطر است.',
  })
}

async function describeItself(app: Http): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fiko Sync',
        version: '0.1.0',
        description: 'From a WooCommerce catalogue to an AI knowledge base.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
  })
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
