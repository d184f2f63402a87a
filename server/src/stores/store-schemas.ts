import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { listOf, PageQuery } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { PluginState } from '../plugin-api/plugin-report.ts'
import { StoreSync } from '../sync/read-sync.ts'
import { UserReference } from '../tenants/credentials.ts'
import { CSV_LANGUAGE } from '../tenants/csv-exports.ts'
import { ENVIRONMENTS } from '../tenants/tokens/token-format.ts'

const name = Type.String({
  minLength: 1,
  maxLength: 200,
  ...localized('a name of 1 to 200 characters', 'نامی با ۱ تا ۲۰۰ نویسه'),
})
const site = Type.String({
  maxLength: 500,
  pattern: '^(https?://\\S+)?$',
  ...localized('an http(s) address', 'یک نشانی http(s)'),
})
const environment = oneOf(ENVIRONMENTS, localized('live or test', 'یکی از live یا test'))
const PLATFORMS = ['woocommerce', 'shopify', 'manual'] as const
const platform = oneOf(PLATFORMS, localized('woocommerce, shopify or manual', 'یکی از woocommerce، shopify یا manual'))
const userId = Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })

export const StoresQuery = Type.Object({ user_id: Type.Optional(userId), ...PageQuery })

export const StoresExportQuery = Type.Object({ user_id: Type.Optional(userId), ...CSV_LANGUAGE })

export const NewStoreBody = bodyComponent(
  'NewStore',
  Type.Object({
    name,
    platform: Type.Optional(platform),
    environment: Type.Optional(environment),
    site: Type.Optional(site),
    user_id: Type.Optional(userId),
  }),
)
export type NewStoreBody = Static<typeof NewStoreBody>

export const StoreChange = bodyComponent(
  'StoreChange',
  Type.Object({ name: Type.Optional(name), site: Type.Optional(site), environment: Type.Optional(environment) }),
)
export type StoreChange = Static<typeof StoreChange>

export const StoreParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

export const Store = component(
  'Store',
  Type.Object({
    id: Type.Integer(),
    name: Type.String(),
    platform: oneOf(PLATFORMS),
    site: Type.String({ description: 'the address of the shop, or empty' }),
    environment: oneOf(ENVIRONMENTS),
    created_at: time(),
    user: UserReference,
    products: Type.Integer({ description: 'products that the shop currently shows' }),
    last_contact_at: nullable(time('last use of a token of the store')),
    plugin: nullable(PluginState),
    sync: StoreSync,
  }),
)
export type Store = Static<typeof Store>
export const StoreList = listOf('StoreList', Store)

/** Progress of a store's connection and of its first sync. */
export const StoreProgress = component(
  'StoreProgress',
  Type.Object({
    store: Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      site: Type.String(),
      environment: oneOf(ENVIRONMENTS),
    }),
    sync: StoreSync,
    first_contact_at: nullable(time()),
    last_contact_at: nullable(time()),
    sender: nullable(Type.String({ description: 'the User-Agent of the newest event' })),
    site: oneOf(['unknown', 'bound', 'waits'], {
      description:
        'bound: a token is bound to one site; waits: another site presented it and is rejected until the owner confirms',
    }),
    events: Type.Object({
      received: Type.Integer(),
      backfill: Type.Integer({ description: 'the part of received that the first sync sent' }),
      open: Type.Integer(),
      applied: Type.Integer(),
      superseded: Type.Integer(),
      dead: Type.Integer(),
    }),
    first_event_at: nullable(time()),
    last_event_at: nullable(time()),
    products: Type.Object({
      active: Type.Integer({ description: 'products that the AI may know' }),
      searchable: Type.Integer({ description: 'those that are searchable with all their current text' }),
    }),
    pending_chunks: Type.Integer(),
    refused_chunks: Type.Integer(),
    plugin: nullable(PluginState),
  }),
)
export type StoreProgress = Static<typeof StoreProgress>
