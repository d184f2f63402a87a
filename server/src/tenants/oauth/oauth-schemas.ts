import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../../platform/http/contract.ts'
import { listOf, PageQuery } from '../../platform/http/lists.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { StoreReference, UserReference } from '../credentials.ts'
import { ENVIRONMENTS } from '../tokens/token-format.ts'

const query = Type.String({
  minLength: 1,
  maxLength: 8_000,
  ...localized(
    'the query of the authorization address, without the question mark',
    'بخش پرسش نشانی مجوز، بدون علامت سؤال',
  ),
})

export const AuthorizationBody = bodyComponent('AuthorizationQuery', Type.Object({ query }))

export const DecisionBody = bodyComponent(
  'AuthorizationDecision',
  Type.Object({
    query,
    allow: Type.Boolean(localized('true or false', 'یکی از true یا false')),
    store_id: Type.Optional(
      idSchema(localized('the id of a store; without it all stores of the environment', 'شناسهٔ یک فروشگاه')),
    ),
    environment: Type.Optional(oneOf(ENVIRONMENTS, localized('live or test', 'یکی از live یا test'))),
  }),
)
export type DecisionBody = Static<typeof DecisionBody>

/** The content of the consent page. */
export const AuthorizationRequest = component(
  'AuthorizationRequest',
  Type.Object({
    client: Type.Object({
      name: Type.String({ description: 'as the client wrote it; not verified, may be empty' }),
      host: Type.String({ description: 'the host to which the user is sent back' }),
      is_loopback: Type.Boolean({ description: 'the user is sent back to a program on the own device' }),
    }),
    error: nullable(Type.String({ description: 'what the client must correct; then nothing can be allowed' })),
    redirect_to: nullable(Type.String({ description: 'where the client learns of the error' })),
    stores: Type.Array(
      Type.Object({ id: Type.Integer(), name: Type.String(), site: Type.String(), environment: oneOf(ENVIRONMENTS) }),
      { description: 'the stores of the caller, at most 200' },
    ),
  }),
)
export type AuthorizationRequest = Static<typeof AuthorizationRequest>

export const AuthorizationAnswer = component(
  'AuthorizationAnswer',
  Type.Object({
    redirect_to: Type.String({ description: 'the address of the client, with a one-time code or an error' }),
  }),
)

export const AgentsQuery = Type.Object({
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  ...PageQuery,
})
export const AgentParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

/** A connected agent in the API. */
export const ConnectedAgent = component(
  'ConnectedAgent',
  Type.Object({
    id: Type.Integer(),
    client: Type.Object({ name: Type.String({ description: 'not verified; may be empty' }), host: Type.String() }),
    store: nullable(StoreReference),
    environment: oneOf(ENVIRONMENTS),
    user: UserReference,
    created_at: time(),
    last_used_at: nullable(time()),
    usage_count: Type.Integer(),
  }),
)
export type ConnectedAgent = Static<typeof ConnectedAgent>
export const AgentList = listOf('ConnectedAgentList', ConnectedAgent)
