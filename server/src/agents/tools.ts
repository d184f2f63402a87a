import type { TSchema } from 'typebox'
import type { Caller, CatalogParts } from './catalog/catalog-scope.ts'
import { getProduct } from './catalog/get-product.ts'
import { listCategories } from './catalog/list-categories.ts'
import { lookupCatalog } from './catalog/lookup-catalog.ts'
import {
  CategoriesRequest,
  FetchRequest,
  LookupRequest,
  PoliciesRequest,
  ProductRequest,
  QueryRequest,
  readRequest,
  SearchRequest,
} from './catalog/requests.ts'
import {
  CATEGORIES_ANSWER,
  DOCUMENT_ANSWER,
  LOOKUP_ANSWER,
  POLICIES_ANSWER,
  PRODUCT_ANSWER,
  SEARCH_ANSWER,
  TITLES_ANSWER,
} from './catalog/response-schemas.ts'
import { fetchDocument, searchTitles } from './catalog/search-and-fetch.ts'
import { searchCatalog } from './catalog/search-catalog.ts'
import { hasPolicies, searchPolicies } from './policies/search-policies.ts'

/** A JSON Schema without a type of TypeScript. */
export type JsonSchema = Record<string, unknown>

/** A tool that reads the catalogue. No tool writes anything. */
export interface AgentTool {
  /** Agents know these names: a name is never changed. */
  name: string
  title: string
  description: string
  /** Schema of the arguments, as a model fills them. */
  input: TSchema
  /** UCP has the arguments in `catalog`. */
  isNested: boolean
  output: JsonSchema
  /** True when the tool is listed for a caller. It answers in any case. */
  isListed?: (parts: CatalogParts, caller: Caller) => Promise<boolean>
  /** @throws {Problem} 400 or 404 with a sentence that a model can act on */
  run(parts: CatalogParts, caller: Caller, given: unknown): Promise<object>
}

function tool<T extends TSchema>(
  words: Pick<AgentTool, 'name' | 'title' | 'description'>,
  { input, output, isNested = false }: { input: T; output: JsonSchema; isNested?: boolean },
  run: (parts: CatalogParts, caller: Caller, asked: ReturnType<typeof readRequest<T>>) => Promise<object>,
): AgentTool {
  return {
    ...words,
    input,
    output,
    isNested,
    run: (parts, caller, given) => run(parts, caller, readRequest(input, given)),
  }
}

/** The tools, in a fixed order: a client's prompt cache holds as long as the list is the same. */
export const TOOLS: readonly AgentTool[] = [
  tool(
    {
      name: 'search_catalog',
      title: 'Search the shop',
      description:
        'Find products of the shop by what the buyer wants, or by filters, with current price and stock. Write the query in the buyer’s words and language; prices, sizes and "in stock" in it are understood. An empty list means that the shop does not sell it: messages then say what is near. Say prices as in metadata.price_text and show each product’s url.',
    },
    { input: SearchRequest, output: SEARCH_ANSWER, isNested: true },
    searchCatalog,
  ),
  tool(
    {
      name: 'lookup_catalog',
      title: 'Look up products by id',
      description:
        'Current price and stock of up to 50 products or variants that are known by id, by the shop’s id (woo_414) or by SKU. Ids that name nothing are missing from the answer.',
    },
    { input: LookupRequest, output: LOOKUP_ANSWER, isNested: true },
    lookupCatalog,
  ),
  tool(
    {
      name: 'get_product',
      title: 'One product in full',
      description:
        'One product with its whole description, its variants, and which options can be bought together. Call it before you promise a price or stock. Pass the buyer’s choices as selected.',
    },
    { input: ProductRequest, output: PRODUCT_ANSWER, isNested: true },
    getProduct,
  ),
  tool(
    {
      name: 'search',
      title: 'Search (titles)',
      description:
        'Find products of the shop: ids, titles with price and stock, and addresses to cite. Read one with fetch.',
    },
    { input: QueryRequest, output: TITLES_ANSWER },
    searchTitles,
  ),
  tool(
    {
      name: 'fetch',
      title: 'Fetch one product as text',
      description:
        'One product as text: current price, stock, attributes, variants and description. Takes an id from search.',
    },
    { input: FetchRequest, output: DOCUMENT_ANSWER },
    fetchDocument,
  ),
  tool(
    {
      name: 'list_categories',
      title: 'Categories of the shop',
      description:
        'The categories of the shop with their numbers of products. Their names fit filters.categories of search_catalog.',
    },
    { input: CategoriesRequest, output: CATEGORIES_ANSWER },
    listCategories,
  ),
  {
    ...tool(
      {
        name: 'search_shop_policies_and_faqs',
        title: 'Policies and questions of the shop',
        description:
          'What the shop says about shipping, returns, payment, warranty, contact and opening hours, and its questions and answers: passages of its pages with their url, and facts such as phone and shipping zones. Answer from them only, and show the url. answered: false means that the shop says nothing about it.',
      },
      { input: PoliciesRequest, output: POLICIES_ANSWER },
      searchPolicies,
    ),
    isListed: ({ db }, { reader }) => hasPolicies(db, reader),
  },
]

/** The schema of arguments as clients see it: without our own keywords, which some APIs refuse. */
export function plainSchema(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === 'x-fa' || key === '$id' ? undefined : value)))
}
