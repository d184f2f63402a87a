/** The fuzzer's credentials, and the objects that must outlive its requests. */
import type { Random } from '../../scripts/random.ts'
import { type Headers, type MadeToken, makeToken, makeUser, operator } from './people.ts'
import type { Route } from './routes.ts'
import type { KnownValues } from './schema-values.ts'

export const KINDS = ['none', 'junk', 'shop', 'knowledge', 'admin key', 'owner session', 'admin session'] as const
export type Kind = (typeof KINDS)[number]

export interface Credentials {
  headersFor(kind: Kind, random: Random): Headers
  /** The kind that gets furthest at this route, more often than not. */
  fittingKind(route: Route, random: Random): Kind
  /** A shop that only the campaign uses: its events must be accepted and applied at any time. */
  control: MadeToken
  known: KnownPool
}

export interface KnownPool extends KnownValues {
  /** A value for this route's path. */
  idIn(route: Route): number | string
  /** Keeps what an answer tells of new things, for later requests to ask for, change and delete. */
  learn(route: Route, body: Record<string, unknown>): void
  /** True for what a destructive request must leave alone. */
  isProtected(route: Route, id: string): boolean
}

const JUNK: [Headers, ...Headers[]] = [
  { authorization: 'Bearer' },
  { authorization: 'Bearer ' },
  { authorization: 'Basic YWRtaW46YWRtaW4=' },
  { authorization: `Bearer wc_sk_live_${'a'.repeat(40)}` },
  { authorization: `Bearer ${'x'.repeat(5000)}` },
  { authorization: "Bearer ' or 1=1 --" },
  { authorization: 'Bearer \u00ff\u00fe' },
  { authorization: 'bearer null' },
  { cookie: 'fiko.session_token=abc.def' },
  { cookie: `fiko.session_token=${'%'.repeat(2000)}` },
  { cookie: 'fiko.session_token=; fiko.session_token=x; __proto__=1' },
  { cookie: 'fiko.session_token=%00%ff' },
]

/** The first numbers are what a fuzzer hits by itself: they go to things that may be lost. */
const EXPENDABLE = 8

/** Makes the fuzzer's people, stores and tokens. @throws {Error} when the server does not even take that */
export async function makeCredentials(url: string): Promise<Credentials> {
  const stores: number[] = []
  const tokens: number[] = []
  for (let made = 0; made < EXPENDABLE; made += 1) {
    const token = await makeToken(url, { integration_type: 'woocommerce', name: 'Expendable' })
    stores.push(token.storeId)
    tokens.push(token.id)
  }
  const [owner, admin, expendable] = [
    await makeUser(url, 'owner'),
    await makeUser(url, 'admin'),
    await makeUser(url, 'owner'),
  ]
  const shop = await makeToken(url, { integration_type: 'woocommerce', name: 'Fuzz shop', user_id: owner.id })
  const knowledge = await makeToken(url, { integration_type: 'knowledge', name: 'Fuzz AI', user_id: owner.id })
  const control = await makeToken(url, { integration_type: 'woocommerce', name: 'Control', user_id: admin.id })
  const known = poolOf(
    { store: stores, token: tokens, user: [expendable.id] },
    {
      stores: [shop.storeId, control.storeId, knowledge.storeId],
      tokens: [shop.id, knowledge.id, control.id],
      users: [owner.id, admin.id],
    },
  )
  const bearer = ({ token }: MadeToken): Headers => ({ authorization: `Bearer ${token}` })
  const fixed: Partial<Record<Kind, Headers>> = {
    none: {},
    shop: bearer(shop),
    knowledge: bearer(knowledge),
    'admin key': operator,
    'owner session': owner.headers,
    'admin session': admin.headers,
  }
  return {
    headersFor: (kind, random) => fixed[kind] ?? random.oneOf(JUNK),
    fittingKind: (route, random) => {
      if (route.path.startsWith('/api/integrations/')) return 'shop'
      return random.oneOf(['admin key', 'admin key', 'owner session', 'admin session', 'knowledge'])
    },
    control,
    known,
  }
}

type Pool = Record<string, (number | string)[]>

/** Maximum number of remembered objects of a kind; the oldest is forgotten. */
const REMEMBERED = 200

function poolOf(pool: Pool, kept: { stores: number[]; tokens: number[]; users: string[] }): KnownPool {
  let turn = 0
  const kindOf = (path: string): string =>
    /\/(stores|tokens|users|events|products)\//.exec(path)?.[1]?.replace(/s$/, '') ?? 'other'
  const oneOf = (kind: string) => {
    turn += 1
    const list = pool[kind] ?? []
    // Every third id is likely not to exist.
    if (turn % 3 > 0 && list.length > 0) return list[turn % list.length] ?? 1
    return kind === 'user' ? '00000000-0000-4000-8000-000000000000' : 1 + (turn % 1000)
  }
  return {
    idFor: (field) => oneOf(field.replace(/_?id$/, '')),
    idIn: (route) => oneOf(kindOf(route.path)),
    learn: (route, body) => {
      const rows = Array.isArray(body.results) ? (body.results as Record<string, unknown>[]) : [body]
      const kind = kindOf(route.path)
      for (const row of rows.slice(0, 5)) {
        const id = row?.id
        if (typeof id !== 'number' && typeof id !== 'string') continue
        pool[kind] ??= []
        const list = pool[kind]
        list.push(id)
        if (list.length > REMEMBERED) list.shift()
      }
    },
    isProtected: (route, id) => {
      const kind = kindOf(route.path)
      if (kind === 'user') return kept.users.includes(id.toLowerCase())
      const number = Number(id)
      if (kind === 'store') return kept.stores.includes(number)
      return kind === 'token' && kept.tokens.includes(number)
    },
  }
}
