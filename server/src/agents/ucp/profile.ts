import { UCP_VERSION } from '../catalog/messages.ts'

const SPECIFICATION = `https://ucp.dev/${UCP_VERSION}`
const SHOPPING = `${SPECIFICATION}/schemas/shopping`

/** The profile by which UCP platforms find the endpoints of this server. `base` is its public address, without a trailing slash. */
export function ucpProfile(base: string) {
  const service = { version: UCP_VERSION, spec: `${SPECIFICATION}/specification/overview` }
  const capability = (of: 'search' | 'lookup') => [
    {
      version: UCP_VERSION,
      spec: `${SPECIFICATION}/specification/catalog/${of}`,
      schema: `${SHOPPING}/catalog_${of}.json`,
    },
  ]
  return {
    ucp: {
      version: UCP_VERSION,
      services: {
        'dev.ucp.shopping': [
          {
            ...service,
            transport: 'mcp',
            schema: `${SPECIFICATION}/services/shopping/mcp.openrpc.json`,
            endpoint: `${base}/mcp`,
          },
          {
            ...service,
            transport: 'rest',
            schema: `${SPECIFICATION}/services/shopping/rest.openapi.json`,
            endpoint: `${base}/ucp`,
          },
        ],
      },
      capabilities: {
        'dev.ucp.shopping.catalog.search': capability('search'),
        'dev.ucp.shopping.catalog.lookup': capability('lookup'),
      },
      // Nothing is sold here.
      payment_handlers: {},
    },
  }
}
