import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** The published files, by their paths. */
const published: Record<string, object> = JSON.parse(
  readFileSync(new URL('../fixtures/ucp-2026-04-08/schemas.json', import.meta.url), 'utf8'),
)
const SHOPPING = 'https://ucp.dev/schemas/shopping'

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uri: (text) => URL.canParse(text) } })
for (const schema of Object.values(published)) ajv.addSchema(schema)

const REFERENCES = {
  search: `${SHOPPING}/catalog_search.json#/$defs/search_response`,
  lookup: `${SHOPPING}/catalog_lookup.json#/$defs/lookup_response`,
  product: `${SHOPPING}/catalog_lookup.json#/$defs/get_product_response`,
  error: `${SHOPPING}/types/error_response.json`,
  profile: 'https://ucp.dev/schemas/ucp.json#/$defs/business_schema',
}

/** What is wrong with an answer, by the schemas that UCP published; an empty list when nothing is. */
export function ucpFaults(of: keyof typeof REFERENCES, answer: unknown): string[] {
  const check = ajv.compile({ $ref: REFERENCES[of] })
  return check(answer) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** The same by any schema, such as a tool's outputSchema. */
export function schemaFaults(schema: object, answer: unknown): string[] {
  const check = ajv.compile(schema)
  return check(answer) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
