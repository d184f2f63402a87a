/** Slips, orthography, and digits with models. */
import {
  all,
  any,
  brand,
  type Condition,
  capacity,
  colour,
  feature,
  forMen,
  forWomen,
  kind,
  madeFor,
  model,
  type Rules,
  size,
} from '../judge.ts'
import { withWrongLayout } from '../wrong-layout.ts'
import { createList, type Slip } from './list.ts'

const { written, add } = createList()

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

export const queriesBySpelling = written
