import { type Static, Type } from 'typebox'
import { bodyComponent, component, oneOf } from '../platform/http/contract.ts'
import { WebhookEvent } from './event-schema.ts'

export const MAX_BATCH_EVENTS = 100

export const EventReceipt = component(
  'EventReceipt',
  Type.Object({
    status: oneOf(['accepted', 'skipped'], { description: 'skipped: the same event was accepted before' }),
    event_id: Type.String(),
    message: Type.String(),
  }),
)

export const EventBatchBody = bodyComponent(
  'EventBatch',
  Type.Object({ events: Type.Array(WebhookEvent, { maxItems: MAX_BATCH_EVENTS }) }),
)

const RejectedEvent = component(
  'RejectedEvent',
  Type.Object({
    index: Type.Integer({ description: 'its place in the list, from 0' }),
    event_id: Type.Unsafe<string | number | null>({
      type: ['string', 'number', 'null'],
      description: 'as it was sent, at most 100 characters',
    }),
    error: Type.String({ description: 'a stable code' }),
    detail: Type.String(),
    issues: Type.Array(Type.Object({ path: Type.String(), detail: Type.String() })),
  }),
)

export const BatchReceipt = component(
  'BatchReceipt',
  Type.Object({ accepted: Type.Integer(), skipped: Type.Integer(), rejected: Type.Array(RejectedEvent) }),
)
export type BatchReceipt = Static<typeof BatchReceipt>

export const EXAMPLE_EVENT = {
  event_id: 'boot-1',
  event_type: 'product.updated',
  product: {
    id: 7001,
    name: 'Winter boot',
    price: '49.90',
    currency: 'EUR',
    stock_quantity: 3,
    description: 'Warm and dry.',
  },
}
