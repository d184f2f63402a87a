import { type Static, Type } from 'typebox'
import { component } from '../platform/http/contract.ts'

/** The kinds of credentials, as security schemes of the API document. */
export const CREDENTIALS = {
  shopToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of a shop (wc_sk_live_… or wc_sk_test_…).',
  },
  knowledgeToken: { type: 'http', scheme: 'bearer', description: 'A token for an AI (kb_sk_live_… or kb_sk_test_…).' },
  adminKey: { type: 'http', scheme: 'bearer', description: 'ADMIN_API_KEY of the server, with the role admin.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'fiko.session_token',
    description: 'The session of a user, from POST /api/auth/sign-in/email. With https the name begins with __Secure-.',
  },
} as const

/** The credentials of a route, for `schema.security`. */
export const BY_SHOP = [{ shopToken: [] }]
export const BY_PERSON = [{ session: [] }, { adminKey: [] }]
export const BY_KNOWLEDGE = [{ knowledgeToken: [] }, ...BY_PERSON]

/** A store as other objects refer to it. */
export const StoreReference = component('StoreReference', Type.Object({ id: Type.Integer(), name: Type.String() }))
export type StoreReference = Static<typeof StoreReference>

/** A user as other objects refer to it. */
export const UserReference = component(
  'UserReference',
  Type.Object({ id: Type.String({ format: 'uuid' }), email: Type.String() }),
)
