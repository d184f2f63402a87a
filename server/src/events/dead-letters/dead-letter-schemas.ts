import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../../platform/http/contract.ts'
import { listOf } from '../../platform/http/lists.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { StoreReference } from '../../tenants/credentials.ts'
import { ScopeQuery } from '../../tenants/scope.ts'

export const KINDS = ['event', 'embedding'] as const
export type Kind = (typeof KINDS)[number]

/** Maximum dead letters that one request may name; a filter selects any number. */
const MAX_NAMED = 1_000

const timeWords = (en: string, fa: string) =>
  Type.Optional(
    Type.String({
      format: 'date-time',
      ...localized(`${en}: a time such as 2027-01-31T00:00:00Z`, `${fa}: زمانی مانند 2027-01-31T00:00:00Z`),
    }),
  )

/** Filters of dead letters, for lists and for changes. */
export const DEAD_LETTER_FILTER = {
  ...ScopeQuery,
  kind: Type.Optional(oneOf(KINDS, localized('one of event, embedding', 'یکی از event، embedding'))),
  group: Type.Optional(
    Type.String({
      pattern: '^[0-9a-f]{32}$',
      ...localized('the id of a group of dead letters', 'شناسهٔ یک گروه از رویدادهای ناموفق'),
    }),
  ),
  since: timeWords('failed at this time or later', 'شکست از این زمان به بعد'),
  until: timeWords('failed before this time', 'شکست پیش از این زمان'),
  dismissed: Type.Optional(
    Type.Boolean(
      localized('true: the dismissed ones; false: the open ones', 'true برای نادیده‌گرفته‌ها و false برای بقیه'),
    ),
  ),
}
const DeadLetterFilterObject = Type.Object(DEAD_LETTER_FILTER)
export type DeadLetterFilter = Static<typeof DeadLetterFilterObject>

/** Dead letters to change: named ones, or all of a filter. An unknown field is refused: a typo would select too many. */
export const DeadLetterSelection = bodyComponent(
  'DeadLetterSelection',
  Type.Object(
    {
      ...DEAD_LETTER_FILTER,
      items: Type.Optional(
        Type.Array(
          Type.Object(
            {
              kind: oneOf(KINDS, localized('one of event, embedding', 'یکی از event، embedding')),
              id: idSchema(localized('the id of a dead letter', 'شناسهٔ یک رویداد ناموفق')),
            },
            { additionalProperties: false },
          ),
          {
            minItems: 1,
            maxItems: MAX_NAMED,
            ...localized(`a list of 1 to ${MAX_NAMED} dead letters`, 'فهرستی از ۱ تا ۱۰۰۰ رویداد ناموفق'),
          },
        ),
      ),
      dry_run: Type.Optional(
        Type.Boolean(localized('true to only count them, without a change', 'true فقط برای شمارش')),
      ),
    },
    { additionalProperties: false },
  ),
)
export type DeadLetterSelection = Static<typeof DeadLetterSelection>

const LetterProduct = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  image: Type.String({ description: 'the address of its picture; empty without one' }),
})

/** Failed work without further retries. */
export const DeadLetter = component(
  'DeadLetter',
  Type.Object({
    kind: oneOf(KINDS),
    id: Type.Integer(),
    group: Type.String({ description: 'the id of its group: dead letters with the same cause' }),
    reason: Type.String({ description: 'a sentence for the owner of the shop' }),
    failed_at: time('of the last attempt'),
    dismissed_at: nullable(time()),
    event_id: nullable(Type.String({ description: 'set for an event' })),
    external_id: Type.String(),
    text: nullable(Type.String({ description: 'set for a refused text' })),
    product: nullable(LetterProduct),
    product_name: nullable(
      Type.String({ description: 'the name in the failed event, for a product that was never stored' }),
    ),
    store: StoreReference,
  }),
)
export type DeadLetter = Static<typeof DeadLetter>
export const DeadLetterList = listOf('DeadLetterList', DeadLetter)

export const DeadLetterGroup = component(
  'DeadLetterGroup',
  Type.Object({
    group: Type.String(),
    kind: oneOf(KINDS),
    reason: Type.String({ description: 'of the newest of them: a sentence for the owner of the shop' }),
    count: Type.Integer(),
    products: Type.Integer({ description: 'number of different products and pages' }),
    stores: Type.Integer(),
    first_failed_at: time('of the first attempt that failed, replays included'),
    last_failed_at: time(),
    newest: Type.Array(
      Type.Object({
        id: Type.Integer(),
        external_id: Type.String(),
        product: nullable(LetterProduct),
        product_name: nullable(Type.String()),
        store: StoreReference,
      }),
      { description: 'up to 5, the newest first' },
    ),
  }),
)
export type DeadLetterGroup = Static<typeof DeadLetterGroup>

export const DeadLetterGroups = component(
  'DeadLetterGroups',
  Type.Object({
    total: Type.Integer({ description: 'dead letters in all groups' }),
    total_exact: Type.Boolean({ description: 'false: there are more than were grouped' }),
    results: Type.Array(DeadLetterGroup, { description: 'the one that failed last comes first; at most 200' }),
  }),
)
export type DeadLetterGroups = Static<typeof DeadLetterGroups>

export const ChangedDeadLetters = component(
  'ChangedDeadLetters',
  Type.Object({
    dry_run: Type.Boolean(),
    matched: Type.Integer(),
    changed: Type.Integer(),
    replay_id: nullable(Type.String({ format: 'uuid', description: 'of a replay: where its outcome can be read' })),
  }),
)
export type ChangedDeadLetters = Static<typeof ChangedDeadLetters>

export const OUTCOMES = ['waiting', 'applied', 'superseded', 'failed', 'gone'] as const
export type ReplayOutcome = (typeof OUTCOMES)[number]

const Count = (description: string) => Type.Integer({ description })

export const Replay = component(
  'Replay',
  Type.Object({
    id: Type.String({ format: 'uuid' }),
    asked_at: time(),
    asked_by: oneOf(['owner', 'admin', 'operator']),
    asked: Count('dead letters that were replayed'),
    waiting: Count('not yet tried to the end'),
    applied: Count('applied, or stored with their vector'),
    superseded: Count('a newer version of the product was stored already'),
    failed: Count('failed again'),
    gone: Count('no longer stored: the log was pruned, or the text has changed'),
    reason: nullable(Type.String({ description: 'the most frequent reason of those that failed again' })),
  }),
)
export type Replay = Static<typeof Replay>
export const Replays = component(
  'Replays',
  Type.Object({ results: Type.Array(Replay, { description: 'the newest 20 of the last 30 days, newest first' }) }),
)
export type Replays = Static<typeof Replays>

export const ReplayItem = component(
  'ReplayItem',
  Type.Object({
    kind: oneOf(KINDS),
    id: Type.Integer(),
    outcome: oneOf(OUTCOMES),
    reason: nullable(Type.String({ description: 'of a failure' })),
    ended_at: nullable(time()),
    external_id: nullable(Type.String({ description: 'null when it is gone' })),
    product: nullable(LetterProduct),
    store: StoreReference,
  }),
)
export type ReplayItem = Static<typeof ReplayItem>
export const ReplayItemList = listOf('ReplayItemList', ReplayItem)
