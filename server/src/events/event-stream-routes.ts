import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { Problem } from '../platform/errors.ts'
import { download } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { endWhenStalled } from '../platform/http/long-answers.ts'
import { formatFa, negotiateLanguage } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import type { Authenticator, Person } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { ScopeQuery, scopeOf } from '../tenants/scope.ts'
import { createEventStream } from './event-stream.ts'

const MAX_STREAMS_PER_PERSON = 5
const MAX_STREAMS = 500
const RETRY_AFTER_SECONDS = 30

interface Parts {
  db: Database
  auth: Authenticator
  log: Log
}

/** Live updates of the event log. */
export function eventStreamRoutes(app: Http, { db, auth, log }: Parts): void {
  const events = createEventStream(db, log)
  const watchingOf = new Map<string, number>()
  app.addHook('preClose', async () => events.stop())

  app.get(
    '/api/v1/integrations/woocommerce/events/live/',
    {
      // Fastify would answer HEAD by requesting the whole response, which never ends here.
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchEvents',
        summary: 'Live stream of new and changed events (text/event-stream)',
        tags: ['events'],
        security: BY_PERSON,
        querystring: Type.Object(ScopeQuery),
        response: {
          200: download(
            'text/event-stream',
            'The messages ready, events (a list of events) and gap, until the reader leaves.',
          ),
        },
        problems: [404, 406],
        example: { query: { store_id: 1 } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      if (!request.headers.accept?.includes('text/event-stream')) throw noStreamWanted()
      const scope = await scopeOf(db, person, request.query)
      const watching = watchingOf.get(keyOf(person)) ?? 0
      if (watching >= MAX_STREAMS_PER_PERSON) throw tooManyStreams()
      if (events.watching() >= MAX_STREAMS) throw allStreamsInUse()
      watchingOf.set(keyOf(person), watching + 1)
      const lastMessageId = request.headers['last-event-id']
      const stream = events.watch({
        ...scope,
        language: negotiateLanguage(request.headers['accept-language']),
        lastMessageId: typeof lastMessageId === 'string' ? lastMessageId : undefined,
        mayContinue: () => isStill(auth, request, person),
      })
      stream.on('close', () => {
        const left = (watchingOf.get(keyOf(person)) ?? 1) - 1
        if (left > 0) watchingOf.set(keyOf(person), left)
        else watchingOf.delete(keyOf(person))
      })
      // The heartbeat detects a reader that takes no bytes and would occupy a stream forever.
      endWhenStalled(reply.raw, () => reply.raw.destroy())
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream)
    },
  )
}

function keyOf(person: Person): string {
  return person.userId ?? 'operator'
}

/** True when the session is valid and the user still has the same rights. An outage does not end the stream. */
async function isStill(auth: Authenticator, request: FastifyRequest, person: Person): Promise<boolean> {
  try {
    await auth.identify(request)
    const now = await auth.person(request)
    return now.userId === person.userId && now.tenantId === person.tenantId
  } catch (error) {
    return !(error instanceof Problem && (error.status === 401 || error.status === 403))
  }
}

/** Protects clients that call every address of the API: without the header this response would never end. */
function noStreamWanted(): Problem {
  return new Problem(406, 'no_stream_wanted', {
    en: 'This response is an endless stream. Send the header Accept: text/event-stream, as an EventSource does.',
    fa: 'این پاسخ پایان ندارد. آن را مانند EventSource با سرایند Accept: text/event-stream بخواهید.',
  })
}

function tooManyStreams(): Problem {
  return new Problem(
    429,
    'too_many_streams',
    {
      en: `At most ${MAX_STREAMS_PER_PERSON} pages at once may receive live events. Close one of them, or reload the list.`,
      fa: `حداکثر ${formatFa(MAX_STREAMS_PER_PERSON)} صفحه هم‌زمان می‌توانند رویدادها را زنده دنبال کنند. یکی را ببندید یا فهرست را دوباره بخوانید.`,
    },
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  )
}

function allStreamsInUse(): Problem {
  return new Problem(
    503,
    'too_many_streams',
    {
      en: `All ${MAX_STREAMS} live streams of this server are in use. Read the list instead, or try again later.`,
      fa: `هر ${formatFa(MAX_STREAMS)} جریان زندهٔ این سرور در حال استفاده است. فهرست را بخوانید یا کمی بعد دوباره تلاش کنید.`,
    },
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  )
}
