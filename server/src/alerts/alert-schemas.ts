import { type Static, Type } from 'typebox'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { listOf, PageQuery } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { StoreReference, UserReference } from '../tenants/credentials.ts'
import { CSV_LANGUAGE } from '../tenants/csv-exports.ts'
import { KIND_NAMES } from './alert-kinds.ts'

const STATES = ['open', 'closed'] as const
const SCOPES = ['tenant', 'installation'] as const

export const AlertParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

const ALERTS_FILTER = {
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  state: Type.Optional(oneOf(STATES, localized('open or closed', 'یکی از open یا closed'))),
  kind: Type.Optional(
    oneOf(KIND_NAMES, localized(`one of ${KIND_NAMES.join(', ')}`, `یکی از ${KIND_NAMES.join('، ')}`)),
  ),
  is_acknowledged: Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false'))),
  own: Type.Optional(
    Type.Boolean(
      localized(
        'true: only alerts that the caller gets messages about (of their own tenant and, for admins, of the installation)',
        'true: فقط هشدارهایی که پیامشان به شما می‌رسد (کسب‌وکار خودتان و، برای مدیر، کل سامانه)',
      ),
    ),
  ),
}
export const AlertsQuery = Type.Object({ ...ALERTS_FILTER, ...PageQuery })
export const AlertsExportQuery = Type.Object({ ...ALERTS_FILTER, ...CSV_LANGUAGE })
export type AlertsQuery = Static<typeof AlertsQuery>

/** An alert in the API, with its sentences in the language of the reader. */
export const Alert = component(
  'Alert',
  Type.Object({
    id: Type.Integer(),
    kind: oneOf(KIND_NAMES),
    kind_name: Type.String({ description: 'in the language of Accept-Language, as the sentences below' }),
    scope: oneOf(SCOPES, { description: 'installation: shown to admins only' }),
    state: oneOf(STATES),
    level: Type.Integer({ description: '2 is worse than 1' }),
    count: Type.Integer({ description: 'number of things with this problem, such as failed events' }),
    store: nullable(StoreReference),
    user: nullable(UserReference),
    title: Type.String(),
    message: Type.String({ description: 'what happened and what it means; of a closed alert, how it ended' }),
    advice: nullable(Type.String({ description: 'what to do; null for a closed alert' })),
    path: Type.String({ description: 'path of the page of the dashboard that helps' }),
    first_seen_at: time(),
    last_seen_at: time(),
    closed_at: nullable(time()),
    acknowledged_at: nullable(time('from then on no digest mentions it')),
    acknowledged_by: nullable(oneOf(['owner', 'admin', 'operator'])),
  }),
)
export type Alert = Static<typeof Alert>
export const AlertList = listOf('AlertList', Alert)
