/** The server's routes: those of the OpenAPI document, and those that it leaves out. */
import { askJson } from './http-client.ts'
import type { Schema } from './schema-values.ts'

export interface Parameter {
  name: string
  schema: Schema
}

export interface Route {
  method: string
  /** With `{id}` where a parameter goes. */
  path: string
  pathParameters: Parameter[]
  query: Parameter[]
  body: Schema | null
  /** False for what only belongs beside the API: its refusals need not be problem documents. */
  isDocumented: boolean
}

interface Operation {
  parameters?: { in: string; name: string; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}

const HIDDEN: [method: string, path: string][] = [
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/metrics'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['POST', '/mcp'],
  ['GET', '/mcp'],
  ['GET', '/.well-known/ucp'],
  ['GET', '/agents/tools.json'],
  ['GET', '/downloads/fiko-woocommerce-sync.zip'],
  ['GET', '/reset-password'],
  ['POST', '/reset-password'],
  ['GET', '/api/auth/get-session'],
  ['POST', '/api/auth/sign-in/email'],
  ['POST', '/api/auth/sign-out'],
  ['POST', '/api/auth/change-password'],
  ['POST', '/api/auth/reset-password'],
]

/** The schema that a reference names. */
function named(schemas: Record<string, Schema>, schema: (Schema & { $ref?: string }) | null): Schema | null {
  if (schema?.$ref === undefined) return schema
  return schemas[schema.$ref.replace('#/components/schemas/', '')] ?? null
}

/** @throws {Error} when the document is not there */
export async function readRoutes(url: string): Promise<Route[]> {
  const { body } = await askJson(url, 'GET', '/openapi.json', {})
  const { schemas } = body.components as { schemas: Record<string, Schema> }
  const paths = body.paths as Record<string, Record<string, Operation>>
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Route => {
      const place = (where: string) => (operation.parameters ?? []).filter((parameter) => parameter.in === where)
      return {
        method: method.toUpperCase(),
        path,
        pathParameters: place('path'),
        query: place('query'),
        body: named(schemas, operation.requestBody?.content['application/json']?.schema ?? null),
        isDocumented: true,
      }
    }),
  )
  const hidden = HIDDEN.map(
    ([method, path]): Route => ({
      method,
      path,
      pathParameters: [],
      query: [],
      body: method === 'POST' ? { type: 'object', properties: { email: {}, password: {}, token: {} } } : null,
      isDocumented: false,
    }),
  )
  return [...documented, ...hidden]
}
