import { invalidInput } from '../../platform/errors.ts'
import type { Language } from '../../platform/i18n.ts'
import { readPolicyLinks } from '../../search/documents/policy-links.ts'
import { meetsFilter } from '../../search/match-variants.ts'
import { type Caller, type CatalogParts, filterOf, languageFor } from './catalog-scope.ts'
import { availabilityOf, chooseVariants, chosenBy } from './choose-variants.ts'
import { fitAnswer } from './fit-answer.ts'
import { isNamed, namedVariant, productsNamed, readId } from './lookup-catalog.ts'
import { envelope, failure, info, type Message } from './messages.ts'
import type { ProductRequest } from './requests.ts'
import { priceMessages, tooExpensive } from './search-catalog.ts'
import { isTooExpensive, type UcpProduct, ucpProduct, WHOLE_LEVELS, wholeDescription } from './ucp-product.ts'
import { cutText, visibleLine } from './visible-text.ts'

export interface ProductResponse {
  ucp: ReturnType<typeof envelope>
  product?: UcpProduct
  messages?: Message[]
}

/** Bytes of one whole product: a long description and 20 variations fit. */
const MAX_PRODUCT_BYTES = 30_000
const MAX_SELLER_TEXT = 100
const MAX_LINK = 500

/**
 * One product as it is now, with the variations that have the buyer's choices. An unknown id is a successful answer with the status
 * `error` and no product, as UCP has it. @throws {Problem} 400 for bad arguments
 */
export async function getProduct(parts: CatalogParts, caller: Caller, asked: ProductRequest): Promise<ProductResponse> {
  const { selected = [], preferences = [] } = asked
  refuseRepeated(selected.map(({ name }) => visibleLine(name)))
  const id = readId(visibleLine(asked.id))
  const language = languageFor(caller, asked)
  const filter = await filterOf(parts.db, caller, asked)
  const found =
    filter === null ? [] : (await productsNamed(parts, caller, [id], filter)).filter((one) => isNamed(one, id))
  // An id wins over another product's SKU of the same letters.
  const product = found.find((one) => [String(one.id), one.external_id].includes(id.product)) ?? found[0]
  if (!product) return notFound(id.given, language)
  if (isTooExpensive(product)) {
    const message = { ...tooExpensive(product, language), type: 'error' as const, severity: 'unrecoverable' as const }
    return { ucp: envelope('lookup', 'error'), messages: [message] }
  }
  const own = namedVariant(product, id)
  const chosen = own ? chosenBy(product, own) : chooseVariants(product, selected, preferences)
  const meeting = chosen.variants.filter(
    ({ variant }) =>
      variant === null || variant === own || meetsFilter(variant, product, { tenantId: null, ...filter }),
  )
  const [rendered] = fitAnswer(
    [product],
    WHOLE_LEVELS,
    (one, level) => {
      const made = ucpProduct(one, meeting.length > 0 ? meeting : chosen.variants, level, {
        ...(one.variants.length > 0 && { variants_matching: meeting.length }),
      })
      if (!made.options) return made
      return { ...made, selected: chosen.selected, options: availabilityOf(one, made.options, chosen.selected) }
    },
    MAX_PRODUCT_BYTES,
  )
  const messages = rendered
    ? [...priceMessages([rendered], language), ...cutMessages(rendered, wholeDescription(product), language)]
    : []
  const [first] = rendered?.variants ?? []
  if (first) first.seller = await sellerOf(parts, caller, product.store)
  return { ucp: envelope('lookup'), ...(rendered && { product: rendered }), ...(messages.length > 0 && { messages }) }
}

/** The shop with the addresses of its policies. */
async function sellerOf({ db }: CatalogParts, { reader }: Caller, { id, name }: { id: number; name: string }) {
  const links = await readPolicyLinks(db.inScope(reader.scope), id)
  return {
    name: cutText(visibleLine(name), MAX_SELLER_TEXT),
    ...(links.length > 0 && {
      links: links
        .filter(({ url }) => url.length <= MAX_LINK)
        .map(({ type, url, title }) => ({ type, url, title: cutText(visibleLine(title), MAX_SELLER_TEXT) })),
    }),
  }
}

function cutMessages({ variants, metadata, description }: UcpProduct, whole: string, language: Language): Message[] {
  const messages: Message[] = []
  const matching = Number(metadata.variants_matching ?? variants.length)
  if (matching > variants.length) {
    messages.push(
      info(
        'variants_cut',
        {
          en: `${variants.length} of ${matching} variants are shown. Narrow them with selected.`,
          fa: `${variants.length} متغیر از ${matching} متغیر آمده است. با selected محدودتر کنید.`,
        },
        language,
      ),
    )
  }
  if (description.plain.length < whole.length) {
    messages.push(
      info(
        'description_cut',
        {
          en: 'The description is longer; its page at url has all of it.',
          fa: 'توضیح کامل در صفحهٔ محصول (url) آمده است.',
        },
        language,
      ),
    )
  }
  return messages
}

function refuseRepeated(names: string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated === undefined) return
  throw invalidInput([
    {
      path: 'selected',
      detail: {
        en: `names ${JSON.stringify(cutText(repeated, 60))} more than once: one value for each option`,
        fa: `ویژگی ${JSON.stringify(cutText(repeated, 60))} را بیش از یک بار نام می‌برد: برای هر ویژگی یک مقدار`,
      },
    },
  ])
}

function notFound(given: string, language: Language): ProductResponse {
  const id = JSON.stringify(cutText(given, 100))
  const message = failure(
    'not_found',
    {
      en: `The shop shows no product with the id ${id}. Take ids from search_catalog.`,
      fa: `فروشگاه محصولی با شناسهٔ ${id} نشان نمی‌دهد. شناسه‌ها را از search_catalog بگیرید.`,
    },
    language,
  )
  return { ucp: envelope('lookup', 'error'), messages: [message] }
}
