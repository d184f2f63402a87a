import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Http, PageAt } from '../platform/http/http.ts'
import { dashboardPolicy } from '../platform/http/security-headers.ts'
import { negotiateLanguage } from '../platform/i18n.ts'

/** Output folder of `scripts/build-dashboard.ts`. */
export const DASHBOARD_FOLDER = fileURLToPath(new URL('../../../dashboard/dist/', import.meta.url))

/** Placeholder that Vite writes where an element needs the nonce (dashboard/vite.config.ts). */
const NONCE_MARK = /FIKO_NONCE/g
/** Paths outside the dashboard: an unknown path below them returns a problem document, never a page. */
const NOT_PAGES =
  /^\/(api|mcp|ucp|docs|downloads|assets|healthz|readyz|metrics|reset-password|\.well-known|oauth\/(token|register|revoke))(\/|$)/
/** The consent page. A chat opens it in a window of its own and may wait for that window, from which this header would cut it off. */
const CONSENT_PAGE = /^\/oauth\/authorize\/?(\?|$)/

export interface Dashboard {
  routes(app: Http): Promise<void>
  /** Returns the page when a browser asks for a path that may belong to the dashboard. */
  pageAt: PageAt
}

/**
 * Serves the dashboard: its files from disk, cached permanently by browsers (their names contain a hash), and the one HTML page at
 * every other path that may be a page. The page's styles are allowed by a nonce that is new in every response.
 */
export function openDashboard(folder: string): Dashboard {
  const indexFile = join(folder, 'index.html')
  const index = existsSync(indexFile) ? readFileSync(indexFile, 'utf8') : null

  const page = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    reply.code(200).type('text/html; charset=utf-8').header('cache-control', 'no-store')
    if (CONSENT_PAGE.test(request.url)) reply.header('cross-origin-opener-policy', 'unsafe-none')
    if (!index) return reply.send(notBuilt(request))
    const nonce = randomBytes(18).toString('base64url')
    return reply.header('content-security-policy', dashboardPolicy(nonce)).send(index.replace(NONCE_MARK, nonce))
  }

  return {
    routes: async (app) => {
      app.get('/', { schema: { hide: true }, config: { isOpen: true } }, async (request, reply) => page(request, reply))
      if (index) await serveAssets(app, join(folder, 'assets'))
    },
    pageAt: (request, reply) => {
      const path = request.url.split('?')[0] ?? '/'
      const isAsked = request.method === 'GET' && request.headers.accept?.includes('text/html')
      return isAsked && !NOT_PAGES.test(path) && !/\.[^/]*$/.test(path) ? page(request, reply) : null
    },
  }
}

async function serveAssets(app: Http, root: string): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true }
      route.config = { ...route.config, isOpen: true }
    })
    await scope.register(fastifyStatic, {
      root,
      prefix: '/assets/',
      maxAge: '365d',
      immutable: true,
      index: false,
      preCompressed: true,
      decorateReply: false,
    })
  })
}

const NOT_BUILT = {
  en: {
    title: 'The dashboard is not built',
    text: 'The server works; only its pages are missing. Run npm ci (with development packages) in the folder of the server, and restart it.',
  },
  fa: {
    title: 'داشبورد ساخته نشده است',
    text: 'سرور کار می‌کند، ولی صفحه‌های داشبورد ساخته نشده‌اند. در پوشهٔ سرور دستور npm ci را (با بسته‌های توسعه) اجرا و دوباره آن را راه‌اندازی کنید.',
  },
} as const

function notBuilt(request: FastifyRequest): string {
  const language = negotiateLanguage(request.headers['accept-language'])
  const { title, text } = NOT_BUILT[language]
  return `<!doctype html><html lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Fiko Sync</title><h1>${title}</h1><p>${text}</p>
<p><a href="/docs">/docs</a></p></html>`
}
