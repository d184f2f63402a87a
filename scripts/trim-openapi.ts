import type { OpenAPI3 } from 'openapi-typescript'

type Json = Record<string, unknown>

interface Operation {
  operationId?: string
  responses: Json
}

/**
 * The part of an OpenAPI document with only these operations, their successful answers, and the schemas that they use.
 * @throws {Error} for an operation that the document does not have
 */
export function trimDocument(document: Json, operationIds: string[]): OpenAPI3 {
  const missing = new Set(operationIds)
  const paths: Record<string, Json> = {}
  for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, Operation>>)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (!missing.delete(operation.operationId ?? '')) continue
      const responses = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
      paths[path] = { ...paths[path], [method]: { ...operation, responses: Object.fromEntries(responses) } }
    }
  }
  if (missing.size > 0) throw new Error(`The document has no operation ${[...missing].join(', ')}.`)
  const all = (document.components as { schemas: Json }).schemas
  const used = new Set<string>()
  const visit = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      visit(all[name])
    }
  }
  visit(paths)
  const schemas = Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)))
  return { openapi: document.openapi, info: document.info, paths, components: { schemas } } as OpenAPI3
}
