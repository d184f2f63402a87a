import type { Part } from './query-parts.ts'

/** Phrases of a question that say nothing about the product. In normalised form; a phrase may have several words. */
const PHRASES = [
  // Greetings and thanks.
  'سلام علیکم|سلام|درود|وقت بخیر|وقتتون بخیر|وقت شما بخیر|روز بخیر|روزتون بخیر|شب بخیر|صبح بخیر|عصر بخیر|خسته نباشید|خسته نباشین',
  'ببخشید|ببخشین|لطفا|ممنون|ممنونم|مرسی|سپاس|تشکر|متشکرم|دوست عزیز|عزیز|جان|خدمت شما|اقا ببخشید',
  // Have, want, need, look for, sell.
  'دارید|دارین|داری|دارن|دارند|داشتید|داشتین|داشته باشید|داشته باشه|دارید یا نه|دارید برای فروش|برای فروش|میفروشید|میفروشین|فروش دارید',
  'میخواستم|میخواستم بدونم|میخوام|میخام|میخواهم|میخواییم|خواستم|خواستم بپرسم|میخوام بخرم|بخرم|بخریم|بخر|خرید کنم|خرید|خریدن|تهیه کنم|تهیه',
  'دنبال یک|دنبال یه|دنبال|میگردم|هستم|لازم دارم|لازم|نیاز دارم|نیاز|احتیاج دارم|احتیاج|سفارش بدم|سفارش',
  'معرفی کنید|معرفی کنین|معرفی کن|معرفی|پیشنهاد بدید|پیشنهاد بدین|پیشنهاد میدید|پیشنهاد میکنید|پیشنهاد شما|پیشنهادتون|پیشنهاد|بدید|بدین|بده',
  'نشون بده|نشان بده|نشونم بده|بگید|بگین|بگو|بفرمایید|راهنمایی کنید|راهنمایی|کمک کنید|کمک|میشه|امکانش هست|ایا|اگه|اگر',
  'کنید|کنین|کن|هستش|هستن|باشه|باشند|بودن|واسه|واسم|برام|برای من|برا|خودم|شما|فروشگاه شما|سایت شما|سایتتون|فروشگاهتون|توی سایت|تو سایت',
  // Which, what, how much.
  'کدوم|کدام|چه مدل|چه مدلی|چه نوع|چی|چیه|چیست|چند|چنده|چندتا|چند تا|چقدر|چقدره|قیمتش چنده|قیمتش چقدره|قیمت چنده|قیمت|قیمتش|قیمتها|هزینه|هزینش',
  'یه دونه|یک دونه|یک عدد|یه|دونه|چیزی|یه چیزی|یک چیز|چیز|انواع|مدلهای|مدل های|لیست',
  // Words of a sentence that name no product.
  'بشه|بشود|بشم|شدن|داره|دارم|داشتن|بتونم|بتونه|میتونم|میتونه|میتوان|میتوانم|میخوره|بدرد|به درد|موقع|هنگام|وقتی|که بتونم|طوری|جوری|راجع به|درباره|در مورد',
  'همین|همون|اینا|این مدل|دیگه|دیگر|هنوز|الان|فعلا|حتما|واقعا|اصلا|یکم|یه کم|کمی|زیاد|مثل|مانند|استفاده کنم|استفاده|جهت|بابت|چون|ولی|اما|پس',
  'that can|which can|could|would|will|should|when|while|who|someone|somebody|really|very|too|also|just|but|so|not too|use|using|used for|things|thing|items|item|products|product',
  // Praise.
  'بهترین|بهتره|بهتر|خوبه|خوب|عالی|خیلی|ارزون|ارزان|مقرون به صرفه|به صرفه|با کیفیت|باکیفیت|مناسب|مخصوص|ویژه|شیک|قشنگ|خوشگل|جدید',
  'با تخفیف|تخفیف دار|تخفیف|حراج',
  'hi there|hi|hello|hey|dear|good morning|good evening|please|thanks|thank you|thank|sorry|excuse me',
  'do you have any|do you have|do you sell|do you stock|do you carry|do you guys have|have you got any|have you got|do u have|you have|got any|is there any|is there a|is there|are there any|are there',
  "i am looking for|i'm looking for|im looking for|looking for|look for|i would like to buy|i would like|i'd like|i want to buy|i want|i need|need|want|wanna|to buy|buy|buying|purchase|order|shop for",
  'can i get|can i buy|can i find|can you recommend|can you suggest|can you show me|can you|could you|could i|can i|where can i find|where',
  'show me|show|find me|find|give me|get me|get|recommend|suggest|suggestion|tell me|help me|help',
  'how much does|how much is|how much are|how much for|how much|price of|price for|price|prices|cost of|costs|cost',
  'what is the best|which is the best|the best|best|good|nice|great|cheap|affordable|inexpensive|quality|high quality|something like|something|anything|some|any|suitable|a pair of|sell|selling|guys|kind of|type of|types of',
  'on sale|discount|discounted|for sale',
]

const STOCK = [
  'موجود دارید|موجود دارین|موجود هست|موجود باشه|موجود باشد|موجود است|موجوده|موجودی دارید|موجودی داره|موجودی|موجود|اماده ارسال|آماده ارسال|ارسال فوری',
  'currently in stock|in stock|instock|in-stock|available now|available|ready to ship',
]
const CHEAPEST = [
  'ارزانترین|ارزان ترین|ارزونترین|ارزون ترین|کم قیمت ترین|پایین ترین قیمت|cheapest|lowest price|least expensive',
]
const DEAREST = ['گرانترین|گران ترین|گرونترین|گرون ترین|most expensive|highest price']
const NEWEST = ['جدیدترین|جدید ترین|تازه ترین|newest|latest']

type Tree = Map<string, Tree | true>
const END = ''

const CHATTER_TREE = treeOf(PHRASES)
const STOCK_TREE = treeOf(STOCK)
const SORT_TREES: [sort: 'price' | '-price' | 'newest', tree: Tree][] = [
  ['price', treeOf(CHEAPEST)],
  ['-price', treeOf(DEAREST)],
  ['newest', treeOf(NEWEST)],
]

const CHATTER_WORDS = new Set(PHRASES.flatMap((list) => list.split(/[| -]/)))

/** True for a word that only makes a question of a query, alone or in a phrase. */
export function isChatterWord(word: string): boolean {
  return CHATTER_WORDS.has(word)
}

/** The parts that only make a question of the query. */
export function findChatter(parts: Part[]): Part[] {
  return matches(CHATTER_TREE, parts)
}

/** The parts that ask for products in stock. */
export function findStockWords(parts: Part[]): Part[] {
  return matches(STOCK_TREE, parts)
}

/** The order that the query asks for («ارزان‌ترین»), and its parts; null without one. */
export function findSortWords(parts: Part[]): { sort: 'price' | '-price' | 'newest'; used: Part[] } | null {
  for (const [sort, tree] of SORT_TREES) {
    const used = matches(tree, parts)
    if (used.length > 0) return { sort, used }
  }
  return null
}

/** Parts of the longest phrases, from left to right. */
function matches(tree: Tree, parts: Part[]): Part[] {
  const found: Part[] = []
  for (let at = 0; at < parts.length; ) {
    let node: Tree | undefined = tree
    let length = 0
    for (let index = at; index < parts.length; index += 1) {
      const next: Tree | true | undefined = node.get(parts[index]?.norm ?? '')
      if (next === undefined || next === true) break
      node = next
      if (node.has(END)) length = index - at + 1
    }
    found.push(...parts.slice(at, at + length))
    at += Math.max(1, length)
  }
  return found
}

function treeOf(lists: string[]): Tree {
  const tree: Tree = new Map()
  for (const phrase of lists.flatMap((list) => list.split('|'))) {
    let node = tree
    for (const word of phrase.split(/[ -]/)) {
      const next = node.get(word)
      const child: Tree = next instanceof Map ? next : new Map()
      node.set(word, child)
      node = child
    }
    node.set(END, true)
  }
  return tree
}
