/** Products whose texts are made of words, by a seed: every sentence is different, every run is the same. */
import type { WebhookProduct } from '../../demo/catalogue.ts'
import type { Random } from '../../scripts/random.ts'

type Words = readonly [string, ...string[]]

interface Language {
  things: Words
  qualities: Words
  materials: Words
  uses: Words
  categories: Words
  sentence(thing: string, quality: string, material: string, use: string, number: number): string
}

const persian: Language = {
  things: ['کاپشن', 'کفش', 'کیف', 'شلوار', 'پیراهن', 'پتو', 'چراغ', 'میز', 'قابلمه', 'ساعت', 'هدفون', 'چادر'],
  qualities: ['سبک', 'گرم', 'ضدآب', 'نرم', 'بادوام', 'ساده', 'زیبا', 'جمع‌وجور', 'خوش‌رنگ', 'دست‌دوز', 'خنک', 'محکم'],
  materials: ['پشم', 'چرم', 'کتان', 'نخ', 'چوب گردو', 'استیل', 'نمد', 'شیشه', 'سفال', 'پلی‌استر', 'بامبو', 'مس'],
  uses: ['سفر', 'خانه', 'کوه', 'مدرسه', 'مهمانی', 'ورزش', 'زمستان', 'تابستان', 'هدیه', 'کار روزانه', 'باغ', 'دریا'],
  categories: ['پوشاک', 'خانه', 'سفر', 'ورزش', 'هدیه'],
  sentence: (thing, quality, material, use, number) =>
    `این ${thing} ${quality} از ${material} ساخته شده، برای ${use} مناسب است و ${number} گرم وزن دارد.`,
}

const english: Language = {
  things: ['jacket', 'shoe', 'bag', 'shirt', 'blanket', 'lamp', 'table', 'pot', 'watch', 'tent', 'chair', 'notebook'],
  qualities: ['light', 'warm', 'waterproof', 'soft', 'sturdy', 'plain', 'compact', 'bright', 'quiet', 'cool', 'slim'],
  materials: ['wool', 'leather', 'linen', 'cotton', 'walnut', 'steel', 'felt', 'glass', 'clay', 'bamboo', 'copper'],
  uses: ['travel', 'home', 'hiking', 'school', 'parties', 'sport', 'winter', 'summer', 'gifts', 'work', 'the garden'],
  categories: ['Clothing', 'Home', 'Travel', 'Sport', 'Gifts'],
  sentence: (thing, quality, material, use, number) =>
    `This ${quality} ${thing} is made of ${material}, suits ${use} and weighs ${number} grams.`,
}

/** A product and the sentences its description is made of, so that one of them can be replaced. */
export interface MadeProduct {
  product: WebhookProduct
  sentences: string[]
  language: 'fa' | 'en'
}

const SENTENCES_A_PARAGRAPH = 3

/** Every third product is English, the others are Persian; 4 to 9 sentences in paragraphs of three. */
export function makeProduct(id: number, random: Random): MadeProduct {
  const language = id % 3 === 0 ? 'en' : 'fa'
  const words = wordsOf(language)
  const sentences = Array.from({ length: 4 + random.below(6) }, () => makeSentence(language, random))
  const thing = random.oneOf(words.things)
  const product: WebhookProduct = {
    id,
    type: 'simple',
    sku: `BENCH-${id}`,
    name: `${thing} ${random.oneOf(words.qualities)} ${id}`,
    short_description: makeSentence(language, random),
    description: descriptionOf(sentences),
    ...makeOffer(random),
    currency: 'IRT',
    status: 'publish',
    catalog_visibility: 'visible',
    password_protected: false,
    categories: [random.oneOf(words.categories)],
    tags: [random.oneOf(words.qualities), random.oneOf(words.uses)],
    attributes: [
      { name: language === 'fa' ? 'جنس' : 'Material', options: [random.oneOf(words.materials)], variation: false },
    ],
    variations: [],
    image: `https://shop.example/wp-content/uploads/bench-${id}.jpg`,
    gallery: [],
    permalink: `https://shop.example/product/bench-${id}/`,
    date_modified: '2025-11-10T09:30:00Z',
  }
  return { product, sentences, language }
}

/** The product after a change of price and stock. */
export function withNewOffer(made: MadeProduct, random: Random): MadeProduct {
  return { ...made, product: { ...made.product, ...makeOffer(random) } }
}

/** The product after one sentence of its description was replaced. */
export function withNewSentence(made: MadeProduct, random: Random): MadeProduct {
  const sentences = made.sentences.with(random.below(made.sentences.length), makeSentence(made.language, random))
  return { ...made, sentences, product: { ...made.product, description: descriptionOf(sentences) } }
}

function makeOffer(random: Random) {
  const price = String((10 + random.below(9_000)) * 1000)
  const stock = random.below(40)
  return {
    price,
    regular_price: price,
    sale_price: '',
    on_sale: false,
    stock_quantity: stock,
    stock_status: stock > 0 ? ('instock' as const) : ('outofstock' as const),
  }
}

function makeSentence(language: 'fa' | 'en', random: Random): string {
  const { things, qualities, materials, uses, sentence } = wordsOf(language)
  // The number makes 100,000 sentences of each: hardly any is ever repeated.
  return sentence(
    random.oneOf(things),
    random.oneOf(qualities),
    random.oneOf(materials),
    random.oneOf(uses),
    100 + random.below(100_000),
  )
}

function descriptionOf(sentences: string[]): string {
  const paragraphs: string[] = []
  for (let i = 0; i < sentences.length; i += SENTENCES_A_PARAGRAPH) {
    paragraphs.push(`<p>${sentences.slice(i, i + SENTENCES_A_PARAGRAPH).join(' ')}</p>`)
  }
  return paragraphs.join('\n')
}

function wordsOf(language: 'fa' | 'en'): Language {
  return language === 'fa' ? persian : english
}
