/**
 * Sounds shared by Persian and Latin spellings. A word becomes consonants with the vowels between them, so that نایک and Nike,
 * or سامسونگ and Samsung, can be compared.
 */
interface Sounds {
  /** One letter per consonant. */
  consonants: string
  /** The vowel letters before each consonant, and after the last one: always one more than there are consonants. */
  vowels: string[]
}

const PERSIAN_CONSONANTS = new Map(
  Object.entries({
    b: 'ب',
    p: 'پ',
    t: 'تط',
    s: 'ثسصزذضظ',
    j: 'جژ',
    c: 'چش',
    h: 'حه',
    x: 'خ',
    d: 'د',
    r: 'ر',
    q: 'غق',
    f: 'ف',
    k: 'ک',
    g: 'گ',
    l: 'ل',
    m: 'م',
    n: 'ن',
  }).flatMap(([sound, letters]) => [...letters].map((letter) => [letter, sound] as const)),
)

const LATIN_PAIRS = new Map(
  Object.entries({ sh: 'c', ch: 'c', kh: 'x', gh: 'q', ph: 'f', th: 't', ck: 'k', zh: 'j', qu: 'k', wh: 'v', tz: 's' }),
)
const LATIN_CONSONANTS = new Map(
  Object.entries({
    b: 'b',
    c: 'k',
    d: 'd',
    f: 'f',
    g: 'g',
    h: 'h',
    j: 'j',
    k: 'k',
    l: 'l',
    m: 'm',
    n: 'n',
    p: 'p',
    q: 'k',
    r: 'r',
    s: 's',
    t: 't',
    v: 'v',
    z: 's',
  }),
)
const LATIN_VOWELS = new Set('aeiou')
const PERSIAN_VOWELS = new Map([
  ['ا', 'A'],
  ['و', 'O'],
  ['ی', 'I'],
])
const IS_LATIN = /^[a-z]+$/
const IS_PERSIAN = /^[\u0620-\u06d3]+$/

/** Letters that are spoken alike, each group with its first one. */
const HOMOPHONES = new Map(
  ['زذضظ', 'سثص', 'تط', 'هح', 'قغ', 'اع'].flatMap((group) =>
    [...group].map((letter) => [letter, group.charAt(0)] as const),
  ),
)
const HAS_HOMOPHONE = /[ذضظثصطحغع]/g

/** A Persian word with one letter for all that are spoken alike: لباص and لباس become one. */
export function foldHomophones(word: string): string {
  return word.replace(HAS_HOMOPHONE, (letter) => HOMOPHONES.get(letter) ?? letter)
}

/** Maximum letters of a word that is compared by sound. */
const MAX_LETTERS = 24

/** `fa` or `latin` when all letters are of that script; null for digits, mixed and other words. */
export function scriptOf(word: string): 'fa' | 'latin' | null {
  if (IS_LATIN.test(word)) return 'latin'
  return IS_PERSIAN.test(word) ? 'fa' : null
}

/** Latin letters with two readings; each has at most one alternative, so that a word has at most 8 skeletons. */
const READINGS: [pattern: RegExp, replacement: string][] = [
  [/th/, 's'],
  [/^x/, 'sh'],
  [/t?sch|tch|cci/, 'sh'],
  [/ch/, 'k'],
]

/** All skeletons of a word: Latin letters with two readings (th: t or s) give one each. */
export function skeletonsOf(word: string): string[] {
  let readings = [word]
  if (scriptOf(word) === 'latin' && word.length <= MAX_LETTERS)
    for (const [pattern, replacement] of READINGS)
      readings = readings.flatMap((each) => (pattern.test(each) ? [each, each.replace(pattern, replacement)] : [each]))
  return [...new Set(readings.slice(0, 8).map(skeletonOf))].filter((skeleton) => skeleton !== '')
}

/**
 * The consonants of a normalised word, equal for spellings that may sound alike in either script; "" for words that are not
 * compared by sound (digits, mixed, fewer than two consonants or longer than 24 letters).
 */
export function skeletonOf(word: string): string {
  const script = word.length > MAX_LETTERS ? null : scriptOf(word)
  if (script === null) return ''
  const { consonants } = script === 'fa' ? persianSounds(word) : latinSounds(word)
  // v and h are written as vowels or not at all in the other script; c and j differ by word (charger: شارژر), q is g or k.
  const kept = [...consonants].filter((sound, at) => at === 0 || (sound !== 'v' && sound !== 'h'))
  const folded = kept.map((sound) => (sound === 'q' ? 'k' : sound === 'j' ? 'g' : sound))
  const skeleton = folded.filter((sound, at) => sound !== folded[at - 1]).join('')
  return skeleton.length < 2 && !(skeleton.length === 1 && word.length >= 3) ? '' : skeleton
}

/**
 * Skeletons and spellings of an indexed word, which may have lost an s that belongs to it (adidas and philips are stored as plurals
 * of adida and philip).
 */
export function spokenForms(word: string): string[] {
  return scriptOf(word) === 'latin' && word.length > 3 ? [word, `${word}s`] : [word]
}

/**
 * How alike two words with the same skeleton sound: 1 for equal sounds, 0 for clearly different ones. Long Persian vowels must have a
 * counterpart; short ones, which Persian does not write, need none.
 */
export function soundLikeness(one: string, other: string): number {
  const [a, b] = [soundsOf(one), soundsOf(other)]
  if (a === null || b === null) return 0
  let cost = consonantCost(a.consonants, b.consonants)
  const length = Math.min(a.vowels.length, b.vowels.length)
  for (let at = 0; at < length; at += 1) cost += vowelCost(a.vowels[at] ?? '', b.vowels[at] ?? '')
  const size = Math.max(2, a.consonants.length, b.consonants.length)
  return Math.max(0, 1 - cost / size)
}

/** Consonants reduced as in the skeleton, each with the vowels before it. */
function soundsOf(word: string): Sounds | null {
  const script = word.length > MAX_LETTERS ? null : scriptOf(word)
  if (script === null) return null
  const { consonants, vowels } = script === 'fa' ? persianSounds(word) : latinSounds(word)
  const reduced: Sounds = { consonants: '', vowels: [] }
  let between = ''
  for (const [at, sound] of [...consonants].entries()) {
    between += vowels[at] ?? ''
    if (at > 0 && (sound === 'v' || sound === 'h')) {
      between += sound === 'v' ? 'V' : ''
      continue
    }
    if (sound === reduced.consonants.at(-1) && between === '') continue
    reduced.consonants += sound
    reduced.vowels.push(between)
    between = ''
  }
  reduced.vowels.push(between + (vowels[consonants.length] ?? ''))
  return reduced
}

function consonantCost(one: string, other: string): number {
  if (one.length !== other.length) return Math.abs(one.length - other.length) * 0.5
  let cost = 0
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) cost += 0.2
  return cost
}

/** Which sounds a run of vowels can stand for: A, O, I, or none. */
function qualitiesOf(vowels: string): Set<string> {
  if (/[AOIV]/.test(vowels) && !/[a-z]/.test(vowels))
    return new Set([...vowels].map((letter) => (letter === 'V' ? 'O' : letter)))
  const found = new Set<string>()
  if (/a/.test(vowels)) found.add('A')
  if (/[ou]|V|w/.test(vowels)) found.add('O')
  if (/[iyj]|ee|ea/.test(vowels)) found.add('I')
  if (/e/.test(vowels)) found.add('E')
  return found
}

/** Pairs of vowels that are heard alike: club and کلاب, top and تاپ. */
const NEAR = new Set(['AO', 'OA', 'EI', 'IE', 'AE', 'EA'])

/** A diphthong: Latin i or y for «ای» (Nike: نایک). */
const isDiphthong = (written: string, latin: string) => written === 'AI' && /^(?:i|y|ai|ay|ei|ie|ye|igh)$/.test(latin)

function vowelCost(one: string, other: string): number {
  if (isDiphthong(one, other) || isDiphthong(other, one)) return 0
  const [a, b] = [qualitiesOf(one), qualitiesOf(other)]
  let cost = 0
  for (const [from, to, isWritten] of [
    [a, b, /^[AOIV]+$/.test(one)],
    [b, a, /^[AOIV]+$/.test(other)],
  ] as const) {
    // Only the long vowels of the Persian side, or of both sides of the same script, need a counterpart.
    for (const quality of from) {
      if (quality === 'E' || to.has(quality)) continue
      const isNear = [...to].some((each) => NEAR.has(quality + each))
      cost += isNear ? 0.15 : isWritten ? (to.size === 0 ? 0.4 : 0.5) : quality === 'I' ? 0.25 : 0.1
    }
  }
  return cost
}

function persianSounds(word: string): Sounds {
  const sounds: Sounds = { consonants: '', vowels: [] }
  let between = ''
  for (const [at, letter] of [...word].entries()) {
    const consonant = PERSIAN_CONSONANTS.get(letter)
    const next = word.charAt(at + 1)
    // A final ه after a consonant is a vowel (خانه), و and ی before a vowel at the start are v and y.
    if (consonant === 'h' && letter === 'ه' && at === word.length - 1 && at > 1) between += 'e'
    else if (letter === 'و' && at === 0) {
      sounds.consonants += 'v'
      sounds.vowels.push(between)
      between = ''
    } else if (letter === 'ع' || letter === 'ی' || letter === 'و' || letter === 'ا') {
      // A leading ا before و or ی only carries that vowel (اوریون, ایسوس).
      const carries = letter === 'ا' && at === 0 && (next === 'ی' || next === 'و')
      between += letter === 'ع' || carries ? '' : (PERSIAN_VOWELS.get(letter) ?? '')
    } else if (consonant !== undefined) {
      sounds.consonants += consonant
      sounds.vowels.push(between)
      between = ''
    }
  }
  sounds.vowels.push(between)
  return sounds
}

function latinSounds(word: string): Sounds {
  const sounds: Sounds = { consonants: '', vowels: [] }
  let between = ''
  const add = (sound: string) => {
    sounds.consonants += sound
    sounds.vowels.push(between)
    between = ''
  }
  for (let at = 0; at < word.length; at += 1) {
    const letter = word.charAt(at)
    const next = word.charAt(at + 1)
    const pair = LATIN_PAIRS.get(letter + next)
    if (pair !== undefined) {
      add(pair)
      at += 1
    } else if (letter === 'x') {
      if (at === 0) add('s')
      else {
        add('k')
        add('s')
      }
    } else if (letter === 'c' && /[eiy]/.test(next)) add('s')
    else if (letter === 'g' && /[eiy]/.test(next)) add('j')
    else if (letter === 'w') {
      if (at === 0) add('v')
      else between += 'w'
    } else if (letter === 'y') between += 'y'
    else if (LATIN_VOWELS.has(letter)) {
      // A final e is silent in most brand names (Nike, Apple).
      if (!(letter === 'e' && at === word.length - 1 && at > 1)) between += letter
    } else add(LATIN_CONSONANTS.get(letter) ?? letter)
  }
  sounds.vowels.push(between)
  return sounds
}
