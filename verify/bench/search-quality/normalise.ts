/** Words of a Persian or English text for the baselines: what a careful programmer writes in a day, without word lists of things. */

const LETTERS: Record<string, string> = {
  ي: 'ی',
  ى: 'ی',
  ئ: 'ی',
  ك: 'ک',
  ة: 'ه',
  ۀ: 'ه',
  ؤ: 'و',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
}
const PARTICLES = new Set('ها های هایی ی ای ام ات اش تر ترین می نمی'.split(' '))
const STOP_WORDS = new Set(
  'و در به از که را با این ان برای یک تا یا هم است هست شد شده کند دارد دارید دارین سلام لطفا میخوام the a an of for to in on and or with is are do you have any i it'.split(
    ' ',
  ),
)

/** Normalised words in their order; a compound also gives its joined form. */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/[\u064b-\u065f\u0670\u0640]/g, '')
    .replaceAll(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replaceAll(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replaceAll(/[يىئكةۀؤأإآٱ]/g, (letter) => LETTERS[letter] ?? letter)
  const words: string[] = []
  for (const chunk of plain.match(/[\p{L}\p{N}\u200c]+/gu) ?? []) {
    const parts = chunk.split('\u200c').filter((part) => part !== '' && !PARTICLES.has(part))
    if (parts.length > 1) words.push(stem(parts.join('')))
    for (const part of parts) {
      // Letters and digits are words of their own, and together one: xm5, 256gb, 6نفره.
      const pieces = part.match(/\p{L}+|\p{N}+/gu) ?? []
      if (pieces.length > 1) words.push(part)
      for (const piece of pieces) words.push(stem(piece))
    }
  }
  return words.filter((word) => !STOP_WORDS.has(word))
}

function stem(word: string): string {
  if (/^[a-z]+$/.test(word)) {
    if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`
    if (word.length > 4 && /(?:ch|sh|s|x)es$/.test(word)) return word.slice(0, -2)
    return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
  }
  return word.replace(/^(.{3,})ها(?:ی|یی)?$/, '$1')
}
