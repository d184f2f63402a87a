/** A real browser, for what only a browser shows. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

// It must need nothing from outside, and no rights that a container does not have.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

/** Path of a Chromium; undefined without one. The headless shell comes first: it starts no windows of the browser's own. */
export function findChromium(): string | undefined {
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
  const places = [process.env.CHROMIUM_PATH, ...names.map((name) => `/usr/bin/${name}`)]
  return places.find((place) => place !== undefined && existsSync(place))
}

/** @throws {Error} where there is none, with what to do */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath)
    throw new Error('no Chromium: apt-get install chromium-headless-shell, or name one with CHROMIUM_PATH')
  return await chromium.launch({ executablePath, headless: true, args: FLAGS })
}
