/** Persian names of the Latin letters, in normalised form, the usual one first. */
const LETTER_NAMES: Record<string, string[]> = {
  a: ['ای'],
  b: ['بی'],
  c: ['سی'],
  d: ['دی'],
  e: ['ای'],
  f: ['اف'],
  g: ['جی'],
  h: ['اچ'],
  i: ['ای'],
  j: ['جی'],
  k: ['کی'],
  l: ['ال'],
  m: ['ام'],
  n: ['ان'],
  o: ['او'],
  p: ['پی'],
  q: ['کیو'],
  r: ['ار'],
  s: ['اس'],
  t: ['تی'],
  u: ['یو'],
  v: ['وی'],
  w: ['دبلیو'],
  x: ['ایکس'],
  y: ['وای'],
  z: ['زد'],
}
const LETTERS_OF = new Map<string, string[]>()
for (const [letter, names] of Object.entries(LETTER_NAMES))
  for (const name of names) LETTERS_OF.set(name, [...(LETTERS_OF.get(name) ?? []), letter])

const MAX_LETTERS = 5
/** Maximum Latin readings: «ای» may be a, e or i. */
const MAX_READINGS = 27

/** How a short Latin word is spelt out in Persian: led → ال, ای, دی. Empty for longer words. */
export function spellOut(word: string): string[] {
  if (!/^[a-z]{2,5}$/.test(word)) return []
  return [...word].flatMap((letter) => LETTER_NAMES[letter] ?? [])
}

/** The Latin words that Persian letter names may spell: ال, جی → lg, lj. Empty when a word is no letter name. */
export function readLetters(words: string[]): string[] {
  if (words.length < 2 || words.length > MAX_LETTERS) return []
  let readings = ['']
  for (const word of words) {
    const letters = LETTERS_OF.get(word)
    if (letters === undefined) return []
    readings = readings.flatMap((reading) => letters.map((letter) => reading + letter)).slice(0, MAX_READINGS)
  }
  return readings
}
