import type { Database } from '../../platform/db/database.ts'
import { nothing } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { readPage } from '../../platform/http/lists.ts'
import { type Authenticator, actorOf } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { tenantFor } from '../../tenants/users.ts'
import {
  CurationParams,
  NewRuleBody,
  NewSynonymBody,
  RuleChange,
  RulesQuery,
  SearchRule,
  SearchRuleList,
  Synonym,
  SynonymChange,
  SynonymList,
  SynonymsQuery,
} from './curation-schemas.ts'
import { deleteRule, makeRule, moveRule, ruleList } from './search-rules.ts'
import { changeSynonym, deleteSynonym, makeSynonym, synonymList } from './synonyms.ts'

const EXAMPLE_ID = { params: { id: 1 } }

/** A tenant's synonyms, pins and hides. The next search of every process uses a change. */
export function curationRoutes(app: Http, db: Database, auth: Authenticator): void {
  const shared = { tags: ['knowledge'], security: BY_PERSON }
  app.get(
    '/api/v1/knowledge/synonyms/',
    {
      schema: {
        ...shared,
        operationId: 'listSynonyms',
        summary: 'Groups of synonyms, newest first',
        querystring: SynonymsQuery,
        response: { 200: SynonymList },
        example: { query: { limit: 20 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const list = synonymList(tenantId, request.query.user_id)
      return await readPage<Synonym>(db.inScope(scope), list, request.query, request.url)
    },
  )

  app.post(
    '/api/v1/knowledge/synonyms/',
    {
      schema: {
        ...shared,
        operationId: 'createSynonym',
        summary: 'Declare that words mean the same, or that a search for one of them finds the others',
        body: NewSynonymBody,
        response: { 201: Synonym },
        problems: [409],
        example: { body: { words: ['flask', 'فلاسک', 'thermos bottle'] } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { user_id: userId, word = null, words } = request.body
      reply.code(201)
      return await db.inScope(person.scope).transaction(async (tx) => {
        const tenantId = await tenantFor(tx, person, userId)
        return await makeSynonym(tx, tenantId, { word, words }, actorOf(request, person))
      })
    },
  )

  app.patch(
    '/api/v1/knowledge/synonyms/:id/',
    {
      schema: {
        ...shared,
        operationId: 'changeSynonym',
        summary: 'Change a group of synonyms',
        params: CurationParams,
        body: SynonymChange,
        response: { 200: Synonym },
        problems: [404, 409],
        example: { ...EXAMPLE_ID, body: { words: ['flask', 'فلاسک'] } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      return await db
        .inScope(person.scope)
        .transaction((tx) =>
          changeSynonym(tx, person.tenantId, request.params.id, request.body, actorOf(request, person)),
        )
    },
  )

  app.delete(
    '/api/v1/knowledge/synonyms/:id/',
    {
      schema: {
        ...shared,
        operationId: 'deleteSynonym',
        summary: 'Delete a group of synonyms',
        params: CurationParams,
        response: { 204: nothing('The group is deleted.') },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      await db
        .inScope(person.scope)
        .transaction((tx) => deleteSynonym(tx, person.tenantId, request.params.id, actorOf(request, person)))
      return reply.code(204).send()
    },
  )

  app.get(
    '/api/v1/knowledge/search-rules/',
    {
      schema: {
        ...shared,
        operationId: 'listSearchRules',
        summary: 'Pins and hides by query, the pins of a query in their order',
        querystring: RulesQuery,
        response: { 200: SearchRuleList },
        example: { query: { kind: 'pin', query: 'winter boots' } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const { user_id: userId, kind, query, product_id: productId } = request.query
      const list = ruleList({ tenantId, userId, kind, query, productId })
      return await readPage<SearchRule>(db.inScope(scope), list, request.query, request.url)
    },
  )

  app.post(
    '/api/v1/knowledge/search-rules/',
    {
      schema: {
        ...shared,
        operationId: 'createSearchRule',
        summary: 'Pin a product to a query, or hide it from a query or from every search',
        body: NewRuleBody,
        response: { 201: SearchRule },
        problems: [409],
        example: { body: { kind: 'pin', query: 'winter boots', product_id: 1 } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      reply.code(201)
      return await db
        .inScope(person.scope)
        .transaction((tx) => makeRule(tx, person.tenantId, request.body, actorOf(request, person)))
    },
  )

  app.patch(
    '/api/v1/knowledge/search-rules/:id/',
    {
      schema: {
        ...shared,
        operationId: 'changeSearchRule',
        summary: 'Move a pin to another place of its query',
        params: CurationParams,
        body: RuleChange,
        response: { 200: SearchRule },
        problems: [404],
        example: { ...EXAMPLE_ID, body: { position: 1 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const { id } = request.params
      return await db
        .inScope(person.scope)
        .transaction((tx) => moveRule(tx, person.tenantId, id, request.body.position, actorOf(request, person)))
    },
  )

  app.delete(
    '/api/v1/knowledge/search-rules/:id/',
    {
      schema: {
        ...shared,
        operationId: 'deleteSearchRule',
        summary: 'Delete a pin or a hide',
        params: CurationParams,
        response: { 204: nothing('The rule is deleted.') },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      await db
        .inScope(person.scope)
        .transaction((tx) => deleteRule(tx, person.tenantId, request.params.id, actorOf(request, person)))
      return reply.code(204).send()
    },
  )
}
