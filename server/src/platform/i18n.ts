/** Languages of the product. Codes and field names are never translated; sentences are. */
export type Language = 'en' | 'fa'

/** One sentence in every language. */
export type Localised = Readonly<Record<Language, string>>

/** Separates the parts of a list in a text. */
export const LIST_COMMA: Localised = { en: ', ', fa: '، ' }

/** Formats a number for a Persian sentence. */
export function formatFa(number: number): string {
  return number.toLocaleString('fa-IR')
}

/** Picks Persian or English from an `Accept-Language` header, by quality value (RFC 9110, section 12.5.4); English by default. */
export function negotiateLanguage(acceptLanguage: string | undefined): Language {
  if (!acceptLanguage || !/fa/i.test(acceptLanguage)) return 'en'
  let best: { language: Language; quality: number } = { language: 'en', quality: 0 }
  for (const part of acceptLanguage.split(',').slice(0, 20)) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const quality = Number(parameters.find((p) => p.trim().startsWith('q='))?.split('=')[1] ?? 1)
    const primary = tag.split('-')[0]
    if ((primary === 'fa' || primary === 'en') && quality > best.quality) best = { language: primary, quality }
  }
  return best.language
}
