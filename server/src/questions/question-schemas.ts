import { type Static, Type } from 'typebox'
import { component, decimal, nullable, oneOf, time } from '../platform/http/contract.ts'
import { listOf } from '../platform/http/lists.ts'
import { StoreReference, UserReference } from '../tenants/credentials.ts'
import { CHANNELS } from './question-log.ts'

const AskedBy = {
  channel: oneOf(CHANNELS, {
    description: 'search, documents and context over HTTP; mcp; ucp over HTTP',
  }),
  tool: nullable(Type.String({ description: 'of MCP: the name of the tool' })),
  client: Type.String({ description: 'what the client calls itself; empty when it says nothing' }),
  is_guest: Type.Boolean({ description: 'asked at a public address, without a credential' }),
  token: nullable(Type.Object({ id: Type.Integer(), name: Type.String(), preview: Type.String() })),
  agent: nullable(
    Type.Object({ id: Type.Integer(), name: Type.String() }, { description: 'an agent connected by OAuth' }),
  ),
}

const FeedbackCounts = {
  clicks: Type.Integer(),
  conversions: Type.Integer(),
}

/** How search read a question. */
const ReadQuestion = Type.Object({
  text: Type.String(),
  layout: nullable(Type.String()),
  price: nullable(
    Type.Object({
      min: nullable(decimal()),
      max: nullable(decimal()),
      currency: nullable(Type.String()),
      about: Type.Boolean(),
      applied: Type.Boolean(),
    }),
  ),
  in_stock: nullable(Type.Boolean()),
  sort: nullable(Type.String()),
  ignored: Type.Array(Type.String()),
  unknown: Type.Array(Type.String(), { description: 'words that no name and no label of the shop has' }),
})

export const Question = component(
  'Question',
  Type.Object(
    {
      id: Type.String({ format: 'uuid' }),
      asked_at: time(),
      query: Type.String({ description: 'with personal data masked; at most 500 characters' }),
      understood: nullable(ReadQuestion),
      filters: Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        additionalProperties: true,
        description: 'the filters of the request',
      }),
      results: Type.Integer({ description: 'products and passages that were found' }),
      products: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() }), {
        description: 'the first ones, at most 5, that are still there',
      }),
      relevance: nullable(Type.Number({ description: 'of the first result, 0 to 1' })),
      answered: Type.Boolean(),
      degraded: Type.Boolean({ description: 'only words were compared' }),
      took_ms: Type.Number(),
      ...AskedBy,
      store: nullable(StoreReference),
      user: UserReference,
      ...FeedbackCounts,
      helpful: nullable(Type.Boolean({ description: 'null: no client has told' })),
    },
    { description: 'A question that an agent asked, and its answer.' },
  ),
)
export type Question = Static<typeof Question>
export const QuestionList = listOf('QuestionList', Question)

const GroupOfQuestions = component(
  'GroupOfQuestions',
  Type.Object(
    {
      query: Type.String({ description: 'as it was asked last' }),
      questions: Type.Integer(),
      unanswered: Type.Integer(),
      answered_now: Type.Boolean({ description: 'whether the last one was answered' }),
      unknown: Type.Array(Type.String(), { description: 'words of the last one that the shop does not have' }),
      ...FeedbackCounts,
      last_asked_at: time(),
    },
    { description: 'Equal questions, whatever their case, digits, punctuation and letter forms.' },
  ),
)
export type GroupOfQuestions = Static<typeof GroupOfQuestions>

const QuestionsBucket = component(
  'QuestionsBucket',
  Type.Object({ at: time('start of the interval'), answered: Type.Integer(), unanswered: Type.Integer() }),
)
export type QuestionsBucket = Static<typeof QuestionsBucket>

const QuestionsOfClient = component(
  'QuestionsOfClient',
  Type.Object({
    client: Type.String(),
    is_guest: Type.Boolean(),
    token: AskedBy.token,
    agent: AskedBy.agent,
    questions: Type.Integer(),
    unanswered: Type.Integer(),
    ...FeedbackCounts,
  }),
)
export type QuestionsOfClient = Static<typeof QuestionsOfClient>

export const QuestionsSummary = component(
  'QuestionsSummary',
  Type.Object({
    from: time(),
    to: time(),
    bucket_hours: Type.Integer(),
    counted_all: Type.Boolean({ description: 'false: only the newest 100,000 questions of the time are counted' }),
    questions: Type.Integer(),
    answered: Type.Integer(),
    unanswered: Type.Integer(),
    degraded: Type.Integer(),
    median_ms: nullable(Type.Number({ description: 'half of the answers took at most this time' })),
    ...FeedbackCounts,
    helpful: Type.Integer(),
    not_helpful: Type.Integer(),
    values: Type.Array(Type.Object({ currency: Type.String(), value: decimal() }), {
      description: 'of the reported conversions, by currency',
    }),
    series: Type.Array(QuestionsBucket, { description: 'oldest first, without gaps' }),
    top: Type.Array(GroupOfQuestions),
    top_unanswered: Type.Array(GroupOfQuestions, {
      description: 'questions whose last answer was none, the most frequent first',
    }),
    by_client: Type.Array(QuestionsOfClient, { description: 'at most 20, the most active first' }),
  }),
)
export type QuestionsSummary = Static<typeof QuestionsSummary>
