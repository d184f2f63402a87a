/** The languages the product speaks. Codes and field names are never translated, sentences are. */
export type Language = 'en' | 'fa'

/** One sentence in each language. */
export type Localised = Readonly<Record<Language, string>>

/** A number in a Persian sentence. */
export function formatFa(number: number): string {
  return number.toLocaleString('fa-IR')
}

/**
 * Picks the language of an `Accept-Language` header: whichever of Persian and English the caller prefers, English by
 * default. Quality values are honoured (RFC 9110, section 12.5.4).
 */
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
