import { cleanName } from '../../platform/text/clean-html.ts'
import { normaliseText } from '../../platform/text/language.ts'

/**
 * The spelling of a category for storage and for the filter: «كيف» and کیف become one, `Tea  &amp; Coffee` and `tea & coffee` too.
 */
export function categoryKey(name: string): string {
  return normaliseText(cleanName(name)).replaceAll(/\s+/g, ' ').trim()
}
