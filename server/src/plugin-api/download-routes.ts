import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { PLUGIN_ZIP, packPlugin } from './plugin-zip.ts'

/** Serves the plugin version of this server, without authentication. The zip is packed at the first download. */
export function downloadRoutes(app: Http, pluginFolder: string): void {
  let packed: { zip: Buffer; etag: string } | null = null
  const open = { schema: { hide: true }, config: { isOpen: true } }
  app.get(`/downloads/${PLUGIN_ZIP}`, open, async (request, reply) => {
    packed ??= pack(pluginFolder)
    if (!packed) throw noPlugin()
    const { zip, etag } = packed
    // Browsers revalidate it each time: an update of the server changes the plugin under the same name.
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (names(request.headers['if-none-match'], etag)) return reply.code(304).send()
    return reply.type('application/zip').header('content-disposition', `attachment; filename="${PLUGIN_ZIP}"`).send(zip)
  })
}

function pack(pluginFolder: string): { zip: Buffer; etag: string } | null {
  if (!existsSync(pluginFolder)) return null
  const zip = Buffer.from(packPlugin(pluginFolder))
  return { zip, etag: `"${hash('sha256', zip).slice(0, 32)}"` }
}

function names(ifNoneMatch: string | undefined, etag: string): boolean {
  const given = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return given.includes(etag) || given.includes('*')
}

function noPlugin(): Problem {
  return new Problem(404, 'no_plugin', {
    en: 'This server was installed without the WordPress plugin: its folder plugin/fiko-woocommerce-sync is missing.',
    fa: 'این سرور بدون افزونهٔ وردپرس نصب شده است: پوشهٔ plugin/fiko-woocommerce-sync پیدا نشد.',
  })
}
