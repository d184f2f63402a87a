type Attributes = { name: string; options?: string[] | null }[]

/**
 * Names a variation's attributes as the customer sees them. WooCommerce sends what it stores: sometimes the option's
 * name, sometimes the term's slug (`red` for `Red`, `%d9%82%d8%b1%d9%85%d8%b2` for `قرمز`), under the attribute's name
 * or its slug (`pa_color`, `logo` for `Logo`). An empty value means "any" and stays empty.
 */
export function nameVariation(
  given: Record<string, string | null> | unknown[] | null | undefined,
  attributes: Attributes,
): Record<string, string> {
  const named: Record<string, string> = {}
  if (!given || Array.isArray(given)) return named
  for (const [key, value] of Object.entries(given)) {
    const attribute = attributes.find((candidate) => slugOf(bareName(candidate.name)) === slugOf(bareName(key)))
    const option = attribute?.options?.find((candidate) => slugOf(candidate) === slugOf(value ?? ''))
    named[attribute?.name ?? key] = option ?? value ?? ''
  }
  return named
}

/** Without what WooCommerce puts before the slug of a form field or of a shop-wide attribute. */
function bareName(name: string): string {
  return name.replace(/^(attribute_)?(pa_)?/, '')
}

/** Close to WordPress's sanitize_title for the sake of comparison: lower case, words joined by hyphens, escapes decoded. */
function slugOf(text: string): string {
  let decoded = text
  if (text.includes('%')) {
    try {
      decoded = decodeURIComponent(text)
    } catch {
      // A slug may be cut in the middle of an escape; then it is compared as it stands.
    }
  }
  return decoded
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
}
