/**
 * `npm run docs:pictures`: connects a shop in the dashboard, in both languages, and takes the pictures that docs/en/connect.md and
 * docs/fa/connect.md show, and those of the consent page for docs/en/agents.md and docs/fa/agents.md. The server, the people, the shop and its token exist only meanwhile.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { anUpdate, aProduct } from '../verify/support/events.ts'
import { animate } from './animated-png.ts'
import { openBrowser } from './chromium.ts'
import { startServerProcess } from './server-process.ts'

const FOLDER = 'docs/images'
const ADMIN_API_KEY = 'only-for-the-pictures-of-the-documents'
const PASSWORD = 'only for the pictures'
const PRODUCTS = 24
/** Wide enough for the navigation, as low as the longest step. */
const VIEW = { width: 1180, height: 860 }

const WORDS = {
  fa: { locale: 'fa-IR', email: 'maryam@example.com', shop: 'فروشگاه پوشاک آفتاب', product: 'کاپشن زمستانی' },
  en: { locale: 'en-GB', email: 'mary@example.com', shop: 'Nordic Living', product: 'Walnut desk' },
}
type Language = keyof typeof WORDS

const dataDir = mkdtempSync(join(tmpdir(), 'fiko-pictures-'))
const server = await startServerProcess({
  settings: { DATA_DIR: dataDir, ADMIN_API_KEY, LOG_LEVEL: 'silent', EMBEDDING_PROVIDER: 'offline' },
})
const browser = await openBrowser()
try {
  mkdirSync(FOLDER, { recursive: true })
  for (const language of ['fa', 'en'] as const) await picture(language)
} finally {
  await browser.close()
  await server.stop()
  rmSync(dataDir, { recursive: true })
}

async function picture(language: Language): Promise<void> {
  const { locale, email, shop, product } = WORDS[language]
  await ask('/api/v1/users/', ADMIN_API_KEY, { email, name: '', role: 'owner', password: PASSWORD })
  const context = await browser.newContext({ viewport: VIEW, locale, colorScheme: 'light', reducedMotion: 'reduce' })
  const page = await context.newPage()
  const frames: Buffer[] = []
  const take = async (fact: Locator) => {
    await fact.waitFor()
    await page.evaluate('document.fonts.ready')
    const frame = await page.screenshot({ animations: 'disabled', caret: 'hide' })
    frames.push(frame)
    writeFileSync(join(FOLDER, `connect-${language}-${frames.length}.png`), frame)
  }
  await page.goto(`${server.url}/stores`)
  await page.locator('input[type="email"], input[name="email"]').fill(email)
  await page.locator('input[type="password"]').fill(PASSWORD)
  await page.locator('button[type="submit"]').click()
  await page.locator('a[href*="/stores/connect"]').first().click()
  await page.locator('main form input[type="text"], main form input:not([type])').first().fill(shop)
  await take(page.locator('main form button[type="submit"]'))

  await page.locator('main form button[type="submit"]').click()
  await take(page.getByText(/wc_sk_live_/).first())
  const token = /wc_sk_live_[a-z0-9]{40}/.exec(await wholeText(page))?.[0] ?? ''

  await page.locator('main button').last().click()
  await take(page.locator('a[href$=".zip"]'))

  const events = Array.from({ length: PRODUCTS }, (_, index) =>
    anUpdate(aProduct({ id: index + 1, name: `${product} ${index + 1}` }), { source: 'backfill' }),
  )
  await ask('/api/integrations/woocommerce/webhook/batch/', token, { events })
  await take(page.locator('main a[href*="/search"]'))
  writeFileSync(join(FOLDER, `connect-${language}.png`), animate(frames, [2500, 3000, 4000, 4000]))
  await pictureConsent(page, language)
  await context.close()
  console.log(`${language}: ${frames.length} pictures, one that moves, and the consent page`)
}

/** A program asks to connect, and the owner who is signed in sees what it may read. */
async function pictureConsent(page: Page, language: Language): Promise<void> {
  const redirectUri = 'https://claude.ai/api/mcp/auth_callback'
  const { client_id: clientId } = await ask('/oauth/register', '', {
    client_name: 'Claude',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
  })
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: String(clientId),
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update('only for the pictures').digest('base64url'),
    code_challenge_method: 'S256',
    resource: `${server.url}/mcp`,
  })
  await page.goto(`${server.url}/oauth/authorize?${query}`)
  await page.locator('main button, form button').first().waitFor()
  await page.evaluate('document.fonts.ready')
  await page.screenshot({
    path: join(FOLDER, `consent-${language}.png`),
    fullPage: true,
    animations: 'disabled',
    caret: 'hide',
  })
}

/** Texts, and what stands in fields. */
async function wholeText(page: Page): Promise<string> {
  const fields = await page.locator('input').evaluateAll((inputs) => inputs.map((input) => input.getAttribute('value')))
  return [await page.locator('body').innerText(), ...fields].join('\n')
}

async function ask(path: string, token: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Record<string, unknown>
}
