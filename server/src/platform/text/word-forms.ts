// Word lists of language.ts. All words are in normalised form (see normaliseText).

// Stems must only be equal on both sides; they need not be words. These few would match a wrong word or miss their plural.
const irregular = new Map([
  ['lens', 'lens'],
  ['lenses', 'lens'],
  ['canvas', 'canvas'],
  ['canvases', 'canvas'],
  ['atlas', 'atlas'],
])
const notPersianPlurals = new Set('تنها انتها اشتها منتها گرانبها پربها بیبها'.split(' '))

const persianPlural = /^(.{2,}?ها)(?:ی|یی|یم|یت|یش|یمان|یتان|یشان)?$/
const englishWord = /^[a-z]{4,}$/

// Persian affixes that are written apart with a ZWNJ (or a space); they are not words.
const particles = new Set(
  'ها های هایی هایم هایت هایش هایمان هایتان هایشان یی ای ام ات اش اند مان تان شان ترین می نمی'.split(' '),
)

// Only words that never distinguish two products. Words of amount and relation ("under", "زیر") stay.
const stopWords = new Set(
  [
    'و در به از که را با این ان برای یک تا یا هم است هست باشد بود شود میشود شده کند میکند کرد دارد نیز هر',
    'اما ها های هایی ای می چه لطفا ایا ما من شما انها خود a an the and or of to in on for with at by from',
    'is are be was it its this that these those as i you we my your our me do does please what which',
  ]
    .flatMap((line) => line.split(' '))
    .map(stem),
)

/**
 * The stem under which a word matches its plural: شلوارها and شلوار, boxes and box, hoodies and hoodie. Conservative: only clear
 * plurals change. Expects a normalised word of letters and digits; equal words give equal stems.
 */
export function stem(word: string): string {
  if (word.charCodeAt(0) > 127) return persianStem(word)
  // Most words have another ending and need no further test.
  const mayBePlural = word.endsWith('s') || word.endsWith('ie')
  return mayBePlural && englishWord.test(word) ? englishStem(word) : word
}

/** True for a part of a compound that is only a Persian affix (ها, می …) and gets no token. */
export function isParticle(part: string): boolean {
  return particles.has(part)
}

/** True for a stemmed token that is too common to search for. */
export function isStopWord(token: string): boolean {
  return stopWords.has(token)
}

function persianStem(word: string): string {
  // Cheaper than the regular expression, which most words do not match.
  if (!word.includes('ها', 2)) return word
  const plural = persianPlural.exec(word)?.[1]
  return plural === undefined || notPersianPlurals.has(plural) ? word : plural.slice(0, -2)
}

function englishStem(word: string): string {
  const known = irregular.get(word)
  if (known !== undefined) return known
  // Maps hoodie, hoodies and hoody to one stem, and battery and batteries.
  if (word.endsWith('ie')) return `${word.slice(0, -2)}y`
  if (word.endsWith('ss') || word.endsWith('us')) return word
  if (word.endsWith('ies')) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  return /(?:ss|sh|ch|x|zz)es$/.test(word) ? word.slice(0, -2) : word.slice(0, -1)
}
