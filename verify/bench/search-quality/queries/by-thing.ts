/** Exact names, categories, attributes and uses. */
import {
  all,
  any,
  audience,
  brand,
  type Condition,
  colour,
  feature,
  forMen,
  forWomen,
  kind,
  madeFor,
  material,
  model,
  not,
  type Rules,
} from '../judge.ts'
import { createList } from './list.ts'

const { written, add } = createList()

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

export const queriesByThing = written
