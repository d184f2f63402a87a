/**
 * Schemas of the answers, for MCP (`outputSchema`) and for the API document. They are written by hand and loose: a client that
 * checks an answer refuses the whole of it for one value outside the schema. So no `format`, and every object may have more fields.
 */
type Schema = Record<string, unknown>

const string = (description?: string): Schema => ({ type: 'string', ...(description && { description }) })
const boolean: Schema = { type: 'boolean' }
const integer = (description?: string): Schema => ({ type: 'integer', minimum: 0, ...(description && { description }) })
const list = (items: Schema): Schema => ({ type: 'array', items })
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
  additionalProperties: true,
})

const price = object(
  { amount: integer('ISO 4217 minor units; 1 toman is 1000 minor units of IRR'), currency: string() },
  ['amount', 'currency'],
)
const priceRange = object({ min: price, max: price }, ['min', 'max'])
const description = object({ plain: string() })
const chosen = list(object({ name: string(), label: string() }, ['name', 'label']))
const media = list(
  object({ type: string(), url: string(), alt_text: string(), width: integer(), height: integer() }, ['type', 'url']),
)
const number = (description?: string): Schema => ({ type: 'number', ...(description && { description }) })
const details = {
  weight: object({ value: number(), unit: string() }),
  dimensions: object({ length: number(), width: number(), height: number(), unit: string() }),
  min_quantity: number('lowest quantity of one order'),
  max_quantity: number('highest quantity of one order'),
  sale_ends_at: string('time at which the sale price ends'),
}

const envelope = object({ version: string(), status: string(), capabilities: object({}) }, ['version'])
const messages = list(
  object({ type: string('error, warning or info; show a warning to the buyer'), code: string(), content: string() }, [
    'type',
    'content',
  ]),
)
const pagination = object({ has_next_page: boolean, cursor: string(), total_count: integer() }, ['has_next_page'])

const variant = object(
  {
    id: string(),
    sku: string(),
    title: string(),
    description,
    price,
    list_price: price,
    availability: object({ available: boolean, status: string() }),
    options: chosen,
    barcodes: list(object({ type: string(), value: string() }, ['type', 'value'])),
    metadata: object(details),
    inputs: list(object({ id: string(), match: string() }, ['id'])),
  },
  ['id', 'title', 'description', 'price'],
)
const product = object(
  {
    id: string(),
    title: string(),
    description,
    url: string('the page of the product: show it to the buyer'),
    categories: list(
      object({ value: string('a name or a path, such as "Clothing > Shoes"; fits filters.categories') }, ['value']),
    ),
    rating: object({ value: number(), scale_min: number(), scale_max: number(), count: integer('number of reviews') }, [
      'value',
      'scale_max',
    ]),
    price_range: priceRange,
    list_price_range: priceRange,
    media,
    options: list(object({ name: string(), values: list(object({ label: string() }, ['label'])) }, ['name', 'values'])),
    variants: list(variant),
    metadata: object({
      price_text: string('the price in words, in the shop’s unit: say this one'),
      in_stock: boolean,
      has_price: boolean,
      external_id: string(),
      brand: string(),
      ...details,
      variants_total: integer('number of variants; fewer may be listed'),
      updated_at: string('time of the last change that the shop sent'),
    }),
  },
  ['id', 'title', 'description', 'price_range', 'variants'],
)

const questionId = string('the id of this question, for POST /api/v1/knowledge/feedback/')

export const SEARCH_ANSWER = object(
  { question_id: questionId, ucp: envelope, products: list(product), pagination, messages },
  ['ucp', 'products', 'pagination'],
)
export const LOOKUP_ANSWER = object({ ucp: envelope, products: list(product), messages }, ['ucp', 'products'])
export const PRODUCT_ANSWER = object({ ucp: envelope, product, messages }, ['ucp'])
export const CATEGORIES_ANSWER = object(
  {
    categories: list(object({ value: string(), count: integer(), in_stock: integer() }, ['value', 'count'])),
    pagination,
  },
  ['categories', 'pagination'],
)
export const TITLES_ANSWER = object(
  { results: list(object({ id: string(), title: string(), url: string() }, ['id', 'title', 'url'])) },
  ['results'],
)
export const POLICIES_ANSWER = object(
  {
    question_id: questionId,
    results: list(
      object(
        {
          title: string(),
          kind: string('shipping, returns, payment, faq, privacy, terms, about, contact or other'),
          url: string('the page: show it to the buyer; empty when the shop sent none'),
          text: string('a passage of the page'),
          relevance: { type: 'number' },
          store: string(),
        },
        ['title', 'kind', 'url', 'text'],
      ),
    ),
    answered: boolean,
    shops: list(
      object({
        store: string(),
        name: string(),
        address: string(),
        hours: string(),
        phone: string(),
        email: string(),
        shipping_zones: list(string()),
        payment_methods: list(string()),
      }),
    ),
    message: string('a sentence when nothing was found'),
  },
  ['results', 'answered', 'shops'],
)
export const DOCUMENT_ANSWER = object(
  { id: string(), title: string(), text: string(), url: string(), metadata: object({}) },
  ['id', 'title', 'text', 'url'],
)
