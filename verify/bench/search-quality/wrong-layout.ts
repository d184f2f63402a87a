/** Converts a text to the characters that the other keyboard layout produces (ISIRI 9147 and US). */
const toLatin = new Map<string, string>()
const toPersian = new Map<string, string>()
const pairs: [string, string][] = [
  ...'ضصثقفغعهخحجچ'.split('').map((key, i): [string, string] => [key, 'qwertyuiop[]'[i] ?? '']),
  ...'شسیبلاتنمکگ'.split('').map((key, i): [string, string] => [key, "asdfghjkl;'"[i] ?? '']),
  ...'ظطزرذدپو'.split('').map((key, i): [string, string] => [key, 'zxcvbnm,'[i] ?? '']),
]
for (const [persian, latin] of pairs) {
  toLatin.set(persian, latin)
  toPersian.set(latin, persian)
}
toLatin.set('آ', 'H')
toLatin.set('ژ', 'C')

export function withWrongLayout(text: string): string {
  const map = /\p{Script=Arabic}/u.test(text) ? toLatin : toPersian
  return [...text.replaceAll('\u200c', ' ')].map((key) => map.get(key) ?? key).join('')
}
