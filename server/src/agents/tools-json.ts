import type { FastifyRequest } from 'fastify'
import type { Http } from '../platform/http/http.ts'
import { DOCUMENTS_PATH, DocumentsBody } from '../search/documents/document-search-routes.ts'
import { CONTEXT_TOOL } from './context/context-tool.ts'
import { type JsonSchema, plainSchema, TOOLS } from './tools.ts'

/** How long a client may keep the schemas. They change with the version of the server. */
const MAX_AGE_S = 3_600
/** Keywords that Gemini's `parameters` knows. */
const GEMINI_KEYWORDS = new Set([
  'type',
  'description',
  'properties',
  'required',
  'items',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
])

/** A function of a chat API: the arguments that the model writes are the body of the request, unchanged. */
export interface AgentFunction {
  name: string
  description: string
  parameters: JsonSchema
  path: string
}

const PATHS: Record<string, string> = {
  search_catalog: '/ucp/catalog/search',
  lookup_catalog: '/ucp/catalog/lookup',
  get_product: '/ucp/catalog/product',
}

const FUNCTIONS: AgentFunction[] = [
  ...TOOLS.flatMap(({ name, description, input }) => {
    const path = PATHS[name]
    return path === undefined ? [] : [{ name, description, parameters: plainSchema(input), path }]
  }),
  ...TOOLS.filter(({ name }) => name === 'search_shop_policies_and_faqs').map(({ name, description }) => ({
    name,
    description,
    parameters: plainSchema(DocumentsBody),
    path: DOCUMENTS_PATH,
  })),
  CONTEXT_TOOL,
]

/** The functions in the form of each API, ready to paste. `requests` says where the arguments are sent. */
function functionsFor(base: string) {
  return {
    requests: Object.fromEntries(
      FUNCTIONS.map(({ name, path }) => [
        name,
        { method: 'POST', url: `${base}${path}`, headers: { authorization: 'Bearer kb_sk_live_…' }, body: 'arguments' },
      ]),
    ),
    openai: {
      chat_completions: FUNCTIONS.map(({ name, description, parameters }) => ({
        type: 'function',
        function: { name, description, parameters },
      })),
      responses: FUNCTIONS.map(({ name, description, parameters }) => ({
        type: 'function',
        name,
        description,
        parameters,
        strict: false,
      })),
    },
    anthropic: FUNCTIONS.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
    gemini: [
      {
        function_declarations: FUNCTIONS.map(({ name, description, parameters }) => ({
          name,
          description,
          parameters: forGemini(parameters),
        })),
      },
    ],
  }
}

/** Gemini refuses a schema with a keyword that it does not know. Names of properties are not keywords. */
function forGemini(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => GEMINI_KEYWORDS.has(keyword))
      .map(([keyword, value]) => {
        if (keyword === 'properties')
          return [
            keyword,
            Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, forGemini(inner)])),
          ]
        return [keyword, keyword === 'items' ? forGemini(value as JsonSchema) : value]
      }),
  )
}

/** `GET /agents/tools.json`, public: schemas contain nothing of a shop. */
export function toolsJsonRoute(app: Http, baseOf: (request: FastifyRequest) => string): void {
  app.get('/agents/tools.json', { schema: { hide: true }, config: { isOpen: true } }, async (request, reply) => {
    reply.header('cache-control', `public, max-age=${MAX_AGE_S}`)
    return functionsFor(baseOf(request))
  })
}
