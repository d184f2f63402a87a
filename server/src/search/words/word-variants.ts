/** Persian endings that make another form of the same word, longest first. */
const PERSIAN_ENDINGS = [
  'هایشان',
  'هایمان',
  'هایی',
  'هایم',
  'هایت',
  'هایش',
  'های',
  'ترین',
  'مندی',
  'یات',
  'جات',
  'گان',
  'تری',
  'تر',
  'ها',
  'ات',
  'ان',
  'ای',
  'یی',
  'ین',
  'ام',
  'اش',
  'م',
  'ت',
  'ش',
  'ی',
  'ه',
]
const MIN_STEM = 3
/** Endings that many short words have by themselves: سیمان is no plural of سیم. */
const WEAK_ENDINGS = new Set(['ان', 'ات', 'ین', 'تر', 'ام', 'اش', 'م', 'ت', 'ش', 'ه'])
const MIN_WEAK_STEM = 4
const ENGLISH_ENDINGS: [ending: string, replacements: string[]][] = [
  ['ies', ['y']],
  ['iest', ['y']],
  ['ier', ['y']],
  ['ings', ['', 'e']],
  ['ing', ['', 'e']],
  ['edly', ['']],
  ['ers', ['', 'e', 'er']],
  ['ed', ['', 'e']],
  ['est', ['', 'e']],
  ['er', ['', 'e']],
  ['ly', ['']],
  ['ness', ['']],
  ['less', ['']],
  ['able', ['', 'e']],
  ['es', ['', 'e']],
  ['en', ['']],
  ['y', ['']],
  ['e', ['']],
]

/**
 * Other forms that a normalised word may have: with and without endings. They are guesses; the caller keeps those that the shop's
 * products really contain. «گوشی» gives «گوش» too, so a word that products contain must not be replaced by its variants.
 */
export function variantsOf(word: string): string[] {
  const variants = new Set<string>()
  if (word.charCodeAt(0) > 127) {
    for (const ending of PERSIAN_ENDINGS)
      if (word.endsWith(ending) && word.length - ending.length >= (WEAK_ENDINGS.has(ending) ? MIN_WEAK_STEM : MIN_STEM))
        variants.add(word.slice(0, -ending.length))
    for (const ending of ['ی', 'ه', 'ای', 'ها']) variants.add(word + ending)
    if (word.endsWith('ه')) variants.add(`${word.slice(0, -1)}گان`)
  } else {
    for (const [ending, replacements] of ENGLISH_ENDINGS) {
      if (!word.endsWith(ending) || word.length - ending.length < MIN_STEM) continue
      const stem = word.slice(0, -ending.length)
      for (const replacement of replacements) variants.add(stem + replacement)
      if (/([b-df-hj-np-tv-z])\1$/.test(stem)) variants.add(stem.slice(0, -1))
    }
    for (const ending of ['s', 'er', 'ing', 'ed', 'y', 'en', 'less', 'proof']) variants.add(word + ending)
    const last = word.charAt(word.length - 1)
    variants.add(`${word + last}ing`).add(`${word + last}er`)
    if (word.endsWith('e'))
      variants
        .add(`${word.slice(0, -1)}ing`)
        .add(`${word}r`)
        .add(`${word}d`)
  }
  variants.delete(word)
  return [...variants]
}
