import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'

const folder = fileURLToPath(new URL('../fixtures/ucp-2026-04-08/', import.meta.url))
const SHOPPING = 'https://ucp.dev/schemas/shopping'

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uri: (text) => URL.canParse(text) } })
for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')))
  ajv.addSchema(JSON.parse(readFileSync(join(folder, file), 'utf8')))

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
