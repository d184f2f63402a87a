/**
 * The judged queries. A judgement is a list of rules over the facts of the products (judge.ts); it was written and read
 * before any ranking was tuned on it. README.md says what the classes mean and how to use the two splits.
 */
import { createHash } from 'node:crypto'
import { makeCatalogue } from './catalogue.ts'
import {
  all,
  any,
  audience,
  brand,
  type Condition,
  capacity,
  colour,
  feature,
  forKids,
  forMen,
  forWomen,
  inStock,
  kind,
  madeFor,
  material,
  model,
  not,
  priced,
  type Rules,
  size,
  variant,
} from './judge.ts'
import { withWrongLayout } from './wrong-layout.ts'

export const CLASSES = [
  'exact name',
  'category',
  'attribute',
  'use case',
  'typo',
  'orthography',
  'digits and models',
  'price',
  'question',
  'cross-script',
  'exact SKU',
  'variant',
  'unanswerable',
] as const
export type QueryClass = (typeof CLASSES)[number]
/** How a query of the class `typo` was made from a clean one. */
export type Slip = 'clean' | 'one slip' | 'several slips' | 'wrong layout'

export interface JudgedQuery {
  text: string
  class: QueryClass
  language: 'fa' | 'en' | 'mixed'
  split: 'tune' | 'held-out'
  slip: Slip | null
  /** Clean text of the query and its misspelt forms, which stay in one split. */
  group: string
  /** Product id to grade 1 to 3; a product that is not in it has grade 0. Empty: the shop does not sell it. */
  grades: ReadonlyMap<number, number>
}

type Written = { class: QueryClass; text: string; rules: Rules; slip?: Slip; group?: string }
const written: Written[] = []
const add = (queryClass: QueryClass, text: string, ...rules: Rules) => written.push({ class: queryClass, text, rules })
const million = 1_000_000

// ---- exact name: brand, thing and model as a shopper types it ----
const exact = (text: string, wanted: string, itsBrand: string, itsModel: string, alike?: Condition) =>
  add(
    'exact name',
    text,
    [3, all(kind(wanted), brand(itsBrand), (facts) => facts.model === itsModel)],
    ...(alike ? ([[2, alike]] as Rules) : []),
    [1, all(kind(wanted), brand(itsBrand))],
  )
exact('گوشی سامسونگ Galaxy A54 5G', 'smartphone', 'Samsung', 'Galaxy A54 5G')
exact(
  'کفش رانینگ مردانه نایک پگاسوس Pegasus 40',
  'running-shoes',
  'Nike',
  'Pegasus 40',
  all(brand('Nike'), model('Pegasus')),
)
exact('هدفون سونی WH-1000XM5', 'headphones', 'Sony', 'WH-1000XM5', all(brand('Sony'), model('WH-1000XM4')))
exact('Apple AirPods Pro 2', 'wireless-earbuds', 'Apple', 'AirPods Pro 2')
exact('Lenovo IdeaPad 3', 'laptop', 'Lenovo', 'IdeaPad 3')
exact('لپ تاپ گیمینگ ایسوس TUF Gaming F15', 'laptop', 'Asus', 'TUF Gaming F15')
exact('ماشین لباسشویی پاکشوما TFU-84', 'washing-machine', 'Pakshoma', 'TFU-84')
exact('دریل شارژی رونیکس 8618', 'drill', 'Ronix', '8618')
exact('کتاب بوف کور صادق هدایت', 'novel', 'Cheshmeh', 'بوف کور اثر صادق هدایت')
exact(
  'رمان من پیش از تو جوجو مویز',
  'novel',
  'Amout',
  'من پیش از تو اثر جوجو مویز',
  all(brand('Amout'), model('پس از تو')),
)
exact('JBL Flip 6', 'bluetooth-speaker', 'JBL', 'Flip 6')
exact('سرویس چینی زرین ایران شهرزاد', 'dinnerware', 'Zarin Iran', 'شهرزاد')
exact('کرم ضد آفتاب لاروش پوزای Anthelios', 'sunscreen', 'La Roche Posay', 'Anthelios')
exact('Levis 501', 'jeans', 'Levis', '501')
exact('ادکلن دیور ساواج Sauvage', 'perfume', 'Dior', 'Sauvage')
exact('چادر کوهنوردی Naturehike Cloud Up 2', 'tent', 'Naturehike', 'Cloud Up 2')
exact('کالسکه دلیجان الیت', 'stroller', 'Delijan', 'الیت')
exact('اسپرسوساز دلونگی EC685', 'espresso-machine', 'Delonghi', 'EC685')
exact('Fluent Python', 'programming-book', 'OReilly', 'Fluent Python')
exact('Garmin Forerunner 255', 'smartwatch', 'Garmin', 'Forerunner 255')
exact('ماگ مولانا باران', 'mug', 'Baran', 'مولانا')
exact('سرم نیاسینامید اوردینری', 'serum', 'The Ordinary', 'Niacinamide 10%', all(kind('serum'), feature('niacinamide')))
exact('Logitech MX Master 3S', 'mouse', 'Logitech', 'MX Master 3S')
exact('عروسک پولیشی رونیکا پاندا', 'plush-toy', 'Runika', 'پاندا')

// ---- category: a word for a kind of thing ----
const category = (text: string, best: Condition, ...rest: Rules) => add('category', text, [3, best], ...rest)
category('گوشی موبایل', kind('phone'))
category('کفش ورزشی مردانه', all(kind('sport-shoes'), forMen), [1, all(kind('sport-shoes'), not(audience('women')))])
category('لوازم آرایش', kind('makeup'), [1, kind('makeup-remover')])
category('یخچال', kind('refrigerator'))
category('هدفون', all(kind('headphones'), not(kind('earphones'))), [2, kind('earphones')])
category('مبل', kind('sofa'))
category('کتاب کودک', kind('children-book'))
category('لباس نوزاد', kind('baby-clothes'), [1, kind('baby-shoes', 'baby-blanket')])
category('اسباب بازی', kind('toy'))
category('ضدآفتاب', kind('sunscreen'))
category('مکمل بدنسازی', kind('whey-protein', 'creatine'), [1, kind('protein-bar')])
category('لوازم خودرو', any(kind('car-goods'), kind('car-vacuum')), [
  2,
  all(madeFor('car', 3), not(kind('baby-goods'))),
])
category('غذای گربه', kind('cat-food'), [1, kind('cat-litter', 'pet-food')])
category('لوازم التحریر', kind('stationery'))
category('لوازم کمپینگ', kind('camping-goods', 'camping-chair'), [2, madeFor('camping', 3)])
category('ساعت مچی', kind('wristwatch'), [1, kind('smartwatch')])
category('زیورآلات زنانه', all(kind('jewellery'), audience('women')), [2, kind('jewellery')])
category('ابزار برقی', kind('drill', 'angle-grinder'), [1, kind('tool')])
category('شلوار', kind('bottoms'))
category('women shoes', all(kind('shoes'), forWomen))
category('laptops', kind('laptop'))
category('coffee', kind('coffee'), [1, any(kind('coffee-gear', 'espresso-machine', 'coffee-grinder'))])
category('smart watches', kind('smartwatch'), [1, kind('fitness-tracker')])
category('toys for kids', kind('toy'))
category('furniture', kind('furniture'))
category('نوشیدنی گرم', kind('tea', 'herbal-tea', 'coffee'))
category('لوازم برقی آشپزخانه', kind('small-appliance'), [
  2,
  kind('microwave', 'gas-stove', 'dishwasher', 'refrigerator'),
])

// ---- attribute: a thing with a property ----
const attribute = (text: string, thing: Condition, property: Condition, ...rest: Rules) =>
  add('attribute', text, [3, all(thing, property)], ...rest, [1, thing])
attribute('کفش کوهنوردی ضدآب', kind('hiking-boots'), feature('waterproof'), [
  2,
  all(kind('shoes'), feature('waterproof')),
])
attribute('هودی مشکی', kind('hoodie'), colour('black'))
attribute('کیف پول چرم طبیعی', kind('wallet'), material('leather'))
attribute('مانتو لینن سفید', kind('manteau'), all(material('linen'), colour('white')), [
  2,
  all(kind('manteau'), any(material('linen'), colour('white'))),
])
attribute('روسری ابریشمی قرمز', kind('scarf'), all(material('silk'), colour('red')))
attribute('هدفون با حذف نویز', kind('headphones'), feature('noise-cancelling'))
attribute('اسپیکر ضد آب', kind('speaker'), feature('waterproof'))
attribute('شامپو بدون سولفات', kind('shampoo'), feature('sulfate-free'))
attribute('رژ لب مات قرمز', kind('lipstick'), all(feature('matte'), colour('red')))
attribute('کولر گازی اینورتر کم مصرف', kind('air-conditioner'), feature('inverter'))
attribute('یخچال بدون برفک', kind('refrigerator'), feature('no-frost'))
attribute('شکلات تلخ بدون شکر', kind('chocolate'), feature('dark', 'sugar-free'))
attribute('مبل تختخواب شو', kind('sofa'), feature('sofa-bed'))
attribute('تابه گرانیتی نچسب', kind('frying-pan'), material('granite'), [2, all(kind('cookware'), material('granite'))])
attribute('پازل چوبی', kind('puzzle'), material('wood'))
attribute('گردنبند نقره', kind('necklace'), material('silver'))
attribute('تی شرت نخی مردانه سفید', all(kind('t-shirt'), forMen), all(material('cotton'), colour('white')))
attribute('چمدان آبی', kind('suitcase'), colour('blue'))
attribute('wireless mouse', kind('mouse'), feature('wireless'))
attribute('mechanical keyboard', kind('keyboard'), feature('mechanical'))
attribute('waterproof running shoes', kind('running-shoes'), feature('waterproof'), [
  2,
  all(kind('shoes'), feature('waterproof')),
])
attribute('4k monitor', kind('monitor'), feature('4k'))
attribute('decaf coffee', kind('coffee'), feature('decaf'))
attribute('کفش پاشنه بلند قرمز', kind('high-heels'), colour('red'))
attribute('سرم ویتامین سی', kind('serum'), feature('vitamin-c'), [2, all(kind('vitamin'), feature('vitamin-c'))])
attribute('جارو شارژی بی سیم', kind('vacuum-cleaner'), feature('cordless'))
attribute('چادر ضد آب شش نفره', kind('tent'), feature('6-person', 'waterproof'))

// ---- use case: what it is for, without the name of the thing ----
const purpose = (text: string, best: Condition, ...rest: Rules) => add('use case', text, [3, best], ...rest)
purpose(
  'هدیه تولد برای دختر بچه',
  all(
    kind(
      'doll',
      'plush-toy',
      'science-kit',
      'night-light',
      'play-dough',
      'scooter',
      'tricycle',
      'children-book',
      'toy-blocks',
      'puzzle',
    ),
    audience('kids'),
  ),
  [1, all(madeFor('gift', 2), audience('kids'))],
)
purpose('کادو روز مرد', all(audience('men'), madeFor('gift', 2)), [1, all(madeFor('gift', 2), audience('unisex'))])
purpose('هدیه ولنتاین', madeFor('valentine', 2), [1, all(madeFor('gift', 3), audience('women'))])
purpose('برای کمردرد', madeFor('back-pain', 2), [1, any(madeFor('back-pain', 1), madeFor('neck-pain'))])
purpose(
  'وسایل سفر و کمپ',
  any(madeFor('camping', 3), kind('suitcase')),
  [2, madeFor('travel', 3)],
  [1, any(madeFor('camping', 1), madeFor('picnic'))],
)
purpose(
  'لباس برای عروسی',
  all(kind('clothing'), madeFor('wedding', 2)),
  [2, all(kind('clothing'), madeFor('party', 3))],
  [1, madeFor('wedding', 3)],
)
purpose('چی برای پوست خشک خوبه', madeFor('dry-skin', 3), [1, all(kind('skin-care'), madeFor('hydration'))])
purpose('ضد ریزش مو', madeFor('hair-loss', 2), [1, kind('hair-care')])
purpose('برای جوش صورت', madeFor('acne', 2), [1, madeFor('oily-skin', 3)])
purpose('گرم نگه داشتن چای در کوه', all(kind('thermos'), madeFor('camping', 2)), [2, kind('thermos', 'travel-mug')])
purpose('خرید جهیزیه', madeFor('trousseau', 3), [2, madeFor('trousseau', 2)], [1, madeFor('trousseau', 1)])
purpose('سیسمونی', madeFor('sismooni', 2), [2, kind('baby-goods')])
purpose('شب یلدا', madeFor('yalda', 2), [1, madeFor('guests', 3)])
purpose(
  'برای بازی کامپیوتری',
  all(madeFor('gaming', 3), not(kind('monitor', 'graphics-card'))),
  [3, madeFor('gaming', 3)],
  [1, madeFor('gaming', 1)],
)
purpose('لاغری و کاهش وزن', madeFor('weight-loss', 3), [1, madeFor('weight-loss', 1)])
purpose('تمیز کردن خانه', all(madeFor('cleaning', 3)), [1, madeFor('cleaning', 1)])
purpose('کسی که زیاد سرپا می ایستد', madeFor('standing-all-day', 3), [1, madeFor('standing-all-day', 1)])
purpose('خنک کردن خانه در تابستان', kind('cooling-appliance'))
purpose('گرم کردن اتاق', kind('heater'), [1, all(kind('air-conditioner'))])
purpose(
  'تولید محتوا و فیلم گرفتن با موبایل',
  madeFor('filmmaking', 3),
  [2, madeFor('filmmaking', 2)],
  [1, all(kind('smartphone'), madeFor('photography', 3))],
)
purpose(
  'برای آرامش و خواب بهتر',
  all(kind('herbal-tea'), madeFor('sleep')),
  [3, all(madeFor('relaxation', 3))],
  [1, all(madeFor('sleep', 3), kind('pillow', 'mattress'))],
)
purpose('gift for runners', madeFor('running', 3), [1, madeFor('running', 2)])
purpose(
  'something warm for winter hiking',
  all(madeFor('hiking', 2), feature('warm')),
  [2, all(madeFor('winter', 3), madeFor('hiking', 1))],
  [1, all(kind('clothing', 'accessories', 'shoes'), madeFor('winter', 3))],
)
purpose('back to school', madeFor('school', 3), [1, madeFor('school', 1)])
purpose('working from a standing position at the office', all(kind('desk'), feature('standing')), [
  1,
  kind('desk', 'laptop-stand'),
])
purpose('protect my phone from falling', kind('phone-case'), [2, kind('screen-protector')])
purpose('پیک نیک آخر هفته', madeFor('picnic', 3), [2, madeFor('picnic', 2)], [1, madeFor('camping', 2)])

// ---- typo: clean form, one slip, several slips, wrong keyboard layout ----
const typos = (clean: string, oneSlip: string, severalSlips: string, ...rules: Rules) => {
  const forms: [Slip, string][] = [
    ['clean', clean],
    ['one slip', oneSlip],
    ['several slips', severalSlips],
    ['wrong layout', withWrongLayout(clean)],
  ]
  for (const [slip, text] of forms) written.push({ class: 'typo', text, rules, slip, group: clean })
}
typos(
  'گوشی سامسونگ',
  'گوشی سامسوگ',
  'گوشس سامسنگو',
  [3, all(kind('phone'), brand('Samsung'))],
  [1, any(kind('phone'), all(brand('Samsung'), kind('tablet')))],
)
typos('کفش کوهنوردی', 'کفش کوهنردی', 'کقش کهونوردی', [3, kind('hiking-boots')])
typos('ماشین لباسشویی', 'ماشین لباسشوی', 'ماشن لباسوشیی', [3, kind('washing-machine')])
typos(
  'شلوار جین زنانه',
  'شلوار جین زنانخ',
  'شلوال جین زنناه',
  [3, all(kind('jeans'), forWomen)],
  [1, any(kind('jeans'), all(kind('bottoms'), forWomen))],
)
typos(
  'پاوربانک انکر',
  'پاوربنک انکر',
  'پاروبانک انگر',
  [3, all(kind('power-bank'), brand('Anker'))],
  [2, kind('power-bank')],
)
typos(
  'جاروبرقی بوش',
  'جاروبرقی بوس',
  'جاروبرفی بوس',
  [3, all(kind('vacuum-cleaner'), brand('Bosch'))],
  [1, kind('vacuum-cleaner')],
)
typos('کیسه خواب', 'کیسه خوب', 'کیصه خاب', [3, kind('sleeping-bag')])
typos('عطر زنانه', 'عطر زناته', 'عتر زناته', [3, all(kind('perfume'), forWomen)], [1, kind('perfume')])
typos('زعفران', 'زعفرن', 'ظعفرن', [3, kind('saffron')])
typos('مداد رنگی', 'مداد رتگی', 'مذاد رنکی', [3, kind('pencil')])
typos('قهوه ترک', 'قهوه ترگ', 'غهوه ترگ', [3, all(kind('coffee'), feature('turkish'))], [1, kind('coffee')])
typos('سرخ کن بدون روغن', 'سرخ کن بدون روفن', 'سرح کن بدون روقن', [3, kind('air-fryer')])
typos('headphones', 'headphnes', 'haedphnoes', [3, kind('headphones')])
typos(
  'bluetooth speaker',
  'bluetooth speeker',
  'bluetoth speker',
  [3, kind('bluetooth-speaker')],
  [1, kind('soundbar')],
)
typos('backpack', 'bakpack', 'bagpak', [3, kind('backpack')])
typos(
  'samsung galaxy',
  'samsung galxy',
  'samsong galexy',
  [3, all(brand('Samsung'), model('Galaxy'))],
  [1, all(brand('Samsung'), kind('phone', 'tablet'))],
)

// ---- orthography: Arabic letters, half-spaces, joined and split words ----
const orthography = (text: string, best: Condition, ...rest: Rules) => add('orthography', text, [3, best], ...rest)
orthography('كيف مدرسه', all(kind('backpack'), madeFor('school')), [
  1,
  all(kind('pencil-case', 'lunch-box', 'water-bottle'), madeFor('school', 3)),
])
orthography('گوشي موبايل شيائومي', all(kind('phone'), brand('Xiaomi')), [1, kind('phone')])
orthography('كتاني سفيد', all(kind('sneakers'), colour('white', 'white-green')), [1, kind('sneakers')])
orthography('کوله‌پشتی', kind('backpack'))
orthography('کولهپشتی', kind('backpack'))
orthography('کوله پشتی', kind('backpack'))
orthography('لپتاپ', kind('laptop'))
orthography('تیشرت مردانه', all(kind('t-shirt'), forMen), [1, kind('t-shirt')])
orthography('تي شرت مردانه', all(kind('t-shirt'), forMen), [1, kind('t-shirt')])
orthography('ظرفشویی', kind('dishwasher'), [2, kind('dish-soap')])
orthography('ماشين ظرف شويي', kind('dishwasher'))
orthography('گوشتکوب برقی', kind('hand-blender'))
orthography('چایساز', kind('tea-maker'))
orthography('آب میوه گیری', kind('juicer'))
orthography('هندزفری بیسیم', kind('wireless-earbuds'), [1, kind('earphones')])
orthography('مچبند هوشمند', kind('fitness-tracker'), [1, kind('smartwatch')])
orthography('ضدافتاب رنگی', all(kind('sunscreen'), feature('tinted')), [1, kind('sunscreen')])
orthography('دمپايي روفرشي', kind('slippers'))
orthography('پاور بانک', kind('power-bank'))
orthography('خمیردندان حساس', all(kind('toothpaste'), feature('sensitive')), [1, kind('toothpaste')])
orthography('ريش تراش', kind('shaver'), [1, kind('hair-clipper')])
orthography('ابمیوه گیری', kind('juicer'))
orthography('اسباب‌بازی‌های کودکان', kind('toy'))
orthography('t shirt', kind('t-shirt'))

// ---- digits and models ----
const digits = (text: string, ...rules: Rules) => add('digits and models', text, ...rules)
digits('گوشی 256 گیگ', [3, all(kind('phone'), capacity(256))], [1, kind('phone')])
digits(
  'گوشی ۲۵۶ گیگابایت سامسونگ',
  [3, all(kind('phone'), brand('Samsung'), capacity(256))],
  [1, any(all(kind('phone'), capacity(256)), all(kind('phone'), brand('Samsung')))],
)
digits('ssd 512GB', [3, all(kind('ssd'), capacity(512))], [1, kind('ssd')])
digits('ssd 1 tb', [3, all(kind('ssd'), capacity(1000))], [1, any(kind('ssd'), all(kind('hard-disk'), capacity(1000)))])
digits(
  'فلش 64gb',
  [3, all(kind('flash-drive'), capacity(64))],
  [1, any(kind('flash-drive'), all(kind('memory-card'), capacity(64)))],
)
digits('xm5', [3, model('XM5')], [1, model('XM4')])
digits('sony xm4', [3, model('XM4')], [2, model('XM5')])
digits(
  'آیفون ۱۳',
  [3, all(brand('Apple'), kind('smartphone'), model('iPhone 13'))],
  [2, feature('iphone-13')],
  [1, all(brand('Apple'), kind('smartphone'))],
)
digits(
  'iphone13',
  [3, all(brand('Apple'), kind('smartphone'), model('iPhone 13'))],
  [2, feature('iphone-13')],
  [1, all(brand('Apple'), kind('smartphone'))],
)
digits(
  'قاب a54',
  [3, all(kind('phone-case'), feature('galaxy-a54'))],
  [1, any(kind('phone-case'), feature('galaxy-a54'))],
)
digits('چادر 6نفره', [3, all(kind('tent'), feature('6-person'))], [1, kind('tent')])
digits('سرویس چینی ۱۲نفره', [3, all(kind('dinnerware'), feature('12-person'))], [1, kind('dinnerware')])
digits('پلوپز ۸ نفره', [3, all(kind('rice-cooker'), feature('8-person'))], [1, kind('rice-cooker')])
digits('تلویزیون ۵۵ اینچ', [3, all(kind('television'), size('55in'))], [1, kind('television')])
digits('پاوربانک 20000', [3, all(kind('power-bank'), model('20000'))], [1, kind('power-bank')])
digits('پاوربانک ۳۰۰۰۰ میلی آمپر', [3, all(kind('power-bank'), model('30000'))], [1, kind('power-bank')])
digits('rtx 4060', [3, model('RTX 4060')], [2, all(kind('graphics-card'), feature('rtx'))], [1, feature('rtx')])
digits('روغن موتور 10w40', [3, all(kind('engine-oil'), model('10W40'))], [1, kind('engine-oil')])
digits('برنج 10 کیلویی', [3, all(kind('rice'), size('10kg'))], [1, kind('rice')])
digits('لنت 206', [3, kind('brake-pad')])
digits(
  'ps5',
  [3, all(kind('game-console'), model('PlayStation 5'))],
  [2, all(kind('gamepad'), model('DualSense'))],
  [1, any(kind('game-console', 'gaming-headset'), all(kind('gamepad'), brand('Sony')))],
)
digits('شارژر 65w', [3, all(kind('charger'), model('65W'))], [1, kind('charger')])
digits('فرش ۹ متری', [3, all(kind('carpet'), size('9m'))], [1, kind('carpet')])
digits(
  'رم 16 گیگ لپ تاپ',
  [3, all(kind('ram'), capacity(16))],
  [
    2,
    any(
      kind('ram'),
      all(kind('laptop'), (facts) => facts.ramGb === 16),
    ),
  ],
)
digits('پازل 1000 تکه', [3, all(kind('puzzle'), feature('1000-piece'))], [1, kind('puzzle')])

// ---- price: grade 3 needs the thing at the price; the thing at another price is worth nothing ----
const price = (text: string, thing: Condition, from: number, to: number, ...rest: Rules) =>
  add('price', text, [3, all(thing, priced(from, to))], ...rest)
const about = (text: string, thing: Condition, amount: number) =>
  price(text, thing, amount * 0.85, amount * 1.15, [1, all(thing, priced(amount * 0.7, amount * 1.3))])
price('کفش زیر ۲ میلیون', kind('shoes'), 0, 2 * million)
price('هدفون زیر ۱ میلیون تومان', kind('headphones'), 0, million)
price('گوشی بین ۱۰ تا ۲۰ میلیون', kind('phone'), 10 * million, 20 * million)
price('ساعت هوشمند کمتر از ۵ میلیون تومن', kind('smartwatch'), 0, 5 * million)
about('ادکلن مردانه حدود ۶ میلیون', all(kind('perfume'), forMen), 6 * million)
about('کوله پشتی حدود ۱٫۲ میلیون تومان', kind('backpack'), 1.2 * million)
about('قهوه حدود ۵۰۰ هزار تومان', kind('coffee'), 500_000)
price('شلوار جین مردانه تا ۱٫۵ میلیون', all(kind('jeans'), forMen), 0, 1.5 * million)
price('لپ تاپ زیر سی میلیون', kind('laptop'), 0, 30 * million)
price('پتو ارزان‌تر از 800 هزار تومان', kind('blanket'), 0, 800_000)
price('ماگ زیر ۲۰۰ هزار', kind('mug'), 0, 200_000)
price('مانتو بین یک و دو میلیون', kind('manteau'), million, 2 * million)
price('جاروبرقی از ۵ تا ۱۰ میلیون تومان', kind('vacuum-cleaner'), 5 * million, 10 * million)
price('تلویزیون بالای ۴۰ میلیون', kind('television'), 40 * million, 1000 * million)
price('کفش زیر ۲۰ میلیون ریال', kind('shoes'), 0, 2 * million)
price('laptop under 40 million', kind('laptop'), 0, 40 * million)
price('headphones between 1 and 5 million toman', kind('headphones'), million, 5 * million)
price('watch below 3000000', kind('wristwatch'), 0, 3 * million, [2, all(kind('smartwatch'), priced(0, 3 * million))])
price('کتاب زیر دویست هزار تومان', kind('book'), 0, 200_000)
price('هودی حداکثر ۱ میلیون', kind('hoodie'), 0, million)
price('کیف زنانه ۱ تا ۲ میلیون تومانی', all(kind('handbag'), forWomen), million, 2 * million, [
  1,
  all(kind('bags'), priced(million, 2 * million)),
])
price('عینک آفتابی زیر ۴۰۰۰۰۰۰ تومان', kind('sunglasses'), 0, 4 * million)
about('قابلمه حدودا یک میلیون تومن', kind('pot'), million)
price('چمدان کمتر از ۵ م', kind('suitcase'), 0, 5 * million)

// ---- question: the same wish in a sentence ----
const question = (text: string, best: Condition, ...rest: Rules) => add('question', text, [3, best], ...rest)
question('سلام، کفش اسپرت سایز ۴۲ دارید؟', all(kind('sport-shoes'), size('42')), [1, kind('sport-shoes')])
question('سلام خسته نباشید یه گوشی خوب برای پدربزرگم میخوام', kind('feature-phone'), [
  2,
  all(kind('smartphone'), feature('budget')),
])
question('ببخشید قاب برای آیفون ۱۳ دارین؟', all(kind('phone-case'), feature('iphone-13')), [1, kind('phone-case')])
question('میشه یه کرم مرطوب کننده خوب معرفی کنید', kind('moisturizer'), [1, kind('hand-cream', 'body-lotion')])
question(
  'برای پسر ۵ ساله چه اسباب بازی پیشنهاد میدید؟',
  all(kind('toy'), any(madeFor('boys', 2), madeFor('age-5', 2))),
  [2, all(kind('toy'), forKids)],
)
question('آیا یخچال ساید بای ساید موجود دارید؟', all(kind('refrigerator'), feature('side-by-side')), [
  1,
  kind('refrigerator'),
])
question('سلام قیمت پلی استیشن ۵ چنده؟', all(kind('game-console'), model('PlayStation 5')), [1, kind('game-console')])
question('دنبال یه لپتاپ سبک برای دانشگاه میگردم', all(kind('laptop'), any(audience('student'), feature('light'))), [
  1,
  kind('laptop'),
])
question('کدوم شامپو برای شوره سر بهتره؟', all(kind('shampoo'), madeFor('dandruff')), [1, kind('shampoo')])
question('میخوام برای مادرم هدیه بخرم عطر خوب چی دارید', all(kind('perfume'), forWomen), [1, kind('perfume')])
question('هدفونی میخوام که صدای مترو رو نشنوم', all(kind('headphones'), feature('noise-cancelling')), [
  1,
  kind('headphones'),
])
question('مودمی دارید که سیم کارت بخوره؟', all(kind('modem'), feature('sim-card')), [1, kind('modem')])
question('چادر مسافرتی که زود باز بشه دارید؟', all(kind('tent'), feature('automatic')), [1, kind('tent')])
question('سلام وقت بخیر مانتو برای محل کار میخواستم', all(kind('manteau'), madeFor('office')), [1, kind('manteau')])
question('یه چیزی میخوام که گردن دردم موقع خواب خوب بشه', all(kind('pillow'), madeFor('neck-pain')), [
  1,
  kind('mattress'),
])
question('لطفا بگید قهوه دان عربیکا دارید یا نه', all(kind('coffee'), feature('arabica')), [1, kind('coffee')])
question('Do you have any running shoes in size 43?', all(kind('running-shoes'), size('43')), [
  1,
  kind('running-shoes'),
])
question(
  'Hi, I am looking for a vacuum cleaner that can handle cat hair',
  all(kind('vacuum-cleaner'), madeFor('pets')),
  [1, kind('vacuum-cleaner')],
)
question('can you recommend a book about python programming please', all(kind('programming-book'), model('Python')), [
  1,
  kind('programming-book'),
])
question('What is a good coffee machine for a small office?', kind('espresso-machine'), [
  1,
  kind('moka-pot', 'french-press', 'coffee-grinder'),
])
question('I need a waterproof jacket for rainy days', all(kind('outerwear'), feature('waterproof')), [
  1,
  kind('outerwear'),
])
question('کرم پودر برای پوست چرب چی پیشنهاد می‌کنید؟', all(kind('foundation'), madeFor('oily-skin')), [
  1,
  kind('foundation'),
])
question(
  'میخواستم بدونم کتونی مردونه سفید دارین',
  all(kind('sneakers'), forMen, colour('white', 'white-green')),
  [2, all(kind('sport-shoes'), forMen, colour('white'))],
  [1, kind('sneakers')],
)

// ---- cross-script: the word in the other script ----
const cross = (text: string, best: Condition, ...rest: Rules) => add('cross-script', text, [3, best], ...rest)
cross('nike', brand('Nike'))
cross('نایک', brand('Nike'))
cross('نایکی', brand('Nike'))
cross('adidas کفش', all(brand('Adidas'), kind('shoes')), [1, brand('Adidas')])
cross(
  'سامسونگ a54',
  all(brand('Samsung'), model('A54')),
  [2, feature('galaxy-a54')],
  [1, all(brand('Samsung'), kind('smartphone'))],
)
cross('hoodie', kind('hoodie'))
cross('شیائومی redmi note', all(brand('Xiaomi'), model('Redmi Note')), [
  1,
  all(brand('Xiaomi'), any(kind('phone'), model('Redmi'))),
])
cross('گلکسی بادز', all(brand('Samsung'), model('Buds')), [1, kind('wireless-earbuds')])
cross('ایرپاد پرو', all(brand('Apple'), model('AirPods')), [1, kind('wireless-earbuds')])
cross('مک بوک ایر', all(brand('Apple'), model('MacBook Air')), [2, model('MacBook')], [1, kind('laptop')])
cross('پگاسوس', model('Pegasus'))
cross('سالومون اسپیدکراس', all(brand('Salomon'), model('Speedcross')), [1, brand('Salomon')])
cross('powerbank', kind('power-bank'))
cross('لاجیتک', brand('Logitech'))
cross('manteau', kind('manteau'))
cross('zaferan', kind('saffron'))
cross('کیندل', all(kind('ebook-reader'), model('Kindle')), [2, kind('ebook-reader')])
cross('پلی استیشن', model('PlayStation'), [1, any(kind('game-console'), all(kind('gamepad'), brand('Sony')))])
cross('shampoo', kind('shampoo'))
cross(
  'pars khazar rice cooker',
  all(kind('rice-cooker'), brand('Pars Khazar')),
  [2, kind('rice-cooker')],
  [1, brand('Pars Khazar')],
)
cross('ویووبوک ایسوس', all(brand('Asus'), model('Vivobook')), [1, all(brand('Asus'), kind('laptop'))])
cross('اینستکس', model('Instax'), [1, kind('instant-camera')])
cross('لیوایز', brand('Levis'))
cross('هری پاتر', model('هری پاتر'))
cross(
  'پلوپز pars khazar',
  all(kind('rice-cooker'), brand('Pars Khazar')),
  [2, kind('rice-cooker')],
  [1, brand('Pars Khazar')],
)
cross('گارمین', brand('Garmin'))
cross('کتاب جاوااسکریپت', all(kind('programming-book'), model('JavaScript')), [1, kind('programming-book')])
cross('chai irani', all(kind('tea'), feature('iranian')), [1, kind('tea')])

// ---- variant: a colour, size or capacity that can be bought ----
const wantedVariant = (text: string, thing: Condition, fits: Parameters<typeof variant>[0]) =>
  add(
    'variant',
    text,
    [
      3,
      all(
        thing,
        variant((one) => fits(one) && one.inStock),
      ),
    ],
    [1, all(thing, any(variant(fits), inStock))],
  )
wantedVariant('green hoodie in stock', kind('hoodie'), ({ colour }) => colour === 'green')
wantedVariant('red dress size 38 in stock', kind('dress'), ({ colour, size }) => colour === 'red' && size === '38')
wantedVariant('هودی کرم سایز XL', kind('hoodie'), ({ colour, size }) => colour === 'cream' && size === 'XL')
wantedVariant(
  'تی شرت مردانه سفید سایز L',
  all(kind('t-shirt'), forMen),
  ({ colour, size }) => colour === 'white' && size === 'L',
)
wantedVariant(
  'کاپشن مردانه مشکی XXL موجود',
  all(kind('puffer-jacket'), forMen),
  ({ colour, size }) => colour === 'black' && size === 'XXL',
)
wantedVariant(
  'کفش مجلسی مردانه قهوه ای ۴۱',
  all(kind('formal-shoes'), forMen),
  ({ colour, size }) => colour === 'brown' && size === '41',
)
wantedVariant('رژ لب قرمز موجود', kind('lipstick'), ({ colour }) => colour === 'red')
wantedVariant('کت و شلوار سرمه‌ای سایز ۵۰', kind('suit'), ({ colour, size }) => colour === 'navy' && size === '50')
wantedVariant(
  'white running shoes size 38',
  all(kind('running-shoes'), forWomen),
  ({ colour, size }) => colour === 'white' && size === '38',
)
wantedVariant('عروسک خرس صورتی یک متری', kind('plush-toy'), ({ colour, size }) => colour === 'pink' && size === '100cm')
wantedVariant(
  'کفش رانینگ مردانه مشکی سایز 42 موجود',
  all(kind('running-shoes'), forMen),
  ({ colour, size }) => colour === 'black' && size === '42',
)
wantedVariant(
  'صندل زنانه سفید سایز ۳۸',
  all(kind('sandals'), forWomen),
  ({ colour, size }) => colour === 'white' && size === '38',
)
wantedVariant(
  'شلوار جین مردانه سایز ۳۴ مشکی موجود',
  all(kind('jeans'), forMen),
  ({ colour, size }) => colour === 'black' && size === '34',
)
wantedVariant(
  'پالتو زنانه طوسی سایز 40',
  all(kind('coat'), forWomen),
  ({ colour, size }) => colour === 'grey' && size === '40',
)
wantedVariant(
  'پیراهن مردانه سفید سایز XL',
  all(kind('shirt'), forMen),
  ({ colour, size }) => colour === 'white' && size === 'XL',
)
wantedVariant(
  'black boots size 43 in stock',
  kind('boots', 'hiking-boots'),
  ({ colour, size }) => colour === 'black' && size === '43',
)
wantedVariant(
  'گوشی سامسونگ مشکی ۲۵۶ گیگ موجود',
  all(kind('phone'), brand('Samsung')),
  ({ colour, capacity: gb }) => colour === 'black' && gb === 256,
)
wantedVariant('چمدان بزرگ مشکی', kind('suitcase'), ({ colour, size }) => colour === 'black' && size === 'large')
wantedVariant('لگینگ مشکی سایز لارج', kind('leggings'), ({ colour, size }) => colour === 'black' && size === 'L')
wantedVariant('تشک طبی ۱۶۰', kind('mattress'), ({ size }) => size === '160cm')
wantedVariant('فرش کرم ۱۲ متری', kind('carpet'), ({ colour, size }) => colour === 'cream' && size === '12m')
wantedVariant(
  'کفش پاشنه بلند قرمز سایز 37 موجود',
  kind('high-heels'),
  ({ colour, size }) => colour === 'red' && size === '37',
)
wantedVariant(
  'iphone blue 256',
  all(kind('smartphone'), brand('Apple')),
  ({ colour, capacity: gb }) => colour === 'blue' && gb === 256,
)
wantedVariant('مانتو سبز سایز ۴۴', kind('manteau'), ({ colour, size }) => colour === 'green' && size === '44')
wantedVariant('دوچرخه بچه گانه صورتی', all(kind('bicycle'), audience('kids')), ({ colour }) => colour === 'pink')

// ---- exact SKU: every 62nd product, as written and as typed ----
const SKU_STEP = 62
for (const [index, { sku, id }] of makeCatalogue().facts.entries()) {
  if (index % SKU_STEP !== 7) continue
  const forms = [sku, sku.toLowerCase(), sku.replaceAll('-', ' ')]
  add('exact SKU', forms[index % 3] ?? sku, [3, (facts) => facts.id === id])
}

// ---- unanswerable: not sold here, or no wish at all ----
for (const text of [
  'بلیط هواپیما مشهد',
  'اجاره آپارتمان در تهران',
  'لاستیک تراکتور',
  'قایق موتوری',
  'تعمیر پکیج',
  'وکیل طلاق',
  'سیمان تیپ ۲',
  'میلگرد ۱۶',
  'واکسن آنفلوانزا',
  'گوسفند زنده',
  'خودروی صفر پژو ۲۰۷ اتوماتیک',
  'استخدام منشی',
  'piano tuning service',
  'cheap flights to istanbul',
  'bitcoin wallet recovery',
  'wedding photographer',
  'helicopter rental',
  'asdkjhqwe zxcmnb',
  'ضصثقفغعه',
  'شسیبل منتال',
  '😀😀😀',
  '🛒❤️🔥',
  '؟؟؟!!!',
  '....',
  'qqqqqqqqqq',
  'هسته‌ای سانتریفیوژ',
  'دندانپزشک ایمپلنت',
  'tractor diesel engine',
  'کاشت مو ترکیه',
  'swimming pool construction',
  'میکروسکوپ آزمایشگاهی',
  'لباس غواصی',
  'ویلچر برقی',
  'موتورسیکلت هوندا',
  'گوشت گوسفندی',
  'ویولن',
  'تلسکوپ نجومی',
  'پنجره دوجداره',
  'inflatable kayak',
  'electric wheelchair',
  'گاوصندوق',
  'پیانو دیجیتال',
  // Their words are in the shop, the thing is not.
  'شمع موتور پراید',
  'دوربین شکاری',
  'کیسه بوکس',
  'میز پینگ پنگ',
  'ماشین چمن زنی',
  'تخت بیمارستانی',
  'لنز رنگی چشم',
  'golf clubs',
  'سلام بلیط استخر دارید؟',
  'do you sell car tires?',
])
  add('unanswerable', text)

/** Share of the queries whose groups fall into `tune`, in 256ths. */
const TUNE_SHARE = Math.round(0.4 * 256)

function splitOf(group: string): JudgedQuery['split'] {
  const [byte = 0] = createHash('sha256').update(group).digest()
  return byte < TUNE_SHARE ? 'tune' : 'held-out'
}

function languageOf(text: string): JudgedQuery['language'] {
  const persian = /\p{Script=Arabic}/u.test(text)
  const latin = /[a-z]/i.test(text)
  return persian && latin ? 'mixed' : persian || !latin ? 'fa' : 'en'
}

let judged: JudgedQuery[] | undefined

/** All queries with their grades; made once for each process. */
export function judgedQueries(): JudgedQuery[] {
  judged ??= written.map(({ class: queryClass, text, rules, slip = null, group = text }) => {
    const grades = new Map<number, number>()
    for (const facts of makeCatalogue().facts) {
      const rule = rules.find(([, condition]) => condition(facts))
      if (rule) grades.set(facts.id, rule[0])
    }
    return { text, class: queryClass, language: languageOf(text), split: splitOf(group), slip, group, grades }
  })
  return judged
}
