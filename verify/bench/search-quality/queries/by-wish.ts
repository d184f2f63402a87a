/** Prices, questions, the other script, and variants. */
import {
  all,
  any,
  audience,
  brand,
  type Condition,
  colour,
  feature,
  forKids,
  forMen,
  forWomen,
  inStock,
  kind,
  madeFor,
  model,
  priced,
  type Rules,
  size,
  variant,
} from '../judge.ts'
import { createList } from './list.ts'

const { written, add } = createList()
const million = 1_000_000

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

export const queriesByWish = written
