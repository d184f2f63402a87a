import { expect, inject, test } from 'vitest'
import { openBrowser } from '../../../scripts/chromium.ts'

test('the page of the API works under a policy without unsafe-inline, and a browser has nothing to complain about', async () => {
  const { backendUrl } = inject('sharedParts')
  const browser = await openBrowser()
  try {
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => complaints.push(String(error)))
    const answer = await page.goto(`${backendUrl}/docs`)
    expect(answer?.headers()['content-security-policy']).not.toContain('unsafe')
    const operations = page.locator('.opblock-summary')
    await operations.first().click()
    await page.getByRole('button', { name: 'Try it out' }).click()
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.getByText('401').first().waitFor()
    // The page renders only the operations that are near: a reader scrolls through all of them.
    const paths = new Set<string>()
    const readOn = async () => {
      await page.mouse.wheel(0, 700)
      for (const path of await page.locator('.opblock-summary-path').allInnerTexts()) paths.add(path)
      return paths.size
    }
    await expect.poll(readOn, { timeout: 60_000 }).toBeGreaterThan(100)
    // The 401 that was asked for, without a token, is the one thing a browser mentions.
    expect(complaints.filter((complaint) => !/status of 401/.test(complaint))).toEqual([])
  } finally {
    await browser.close()
  }
})
