import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

/** Runs the tour without a terminal, as a child, on the embedded database. */
async function runDemo(settings: Record<string, string> = {}): Promise<{ exitCode: number; output: string }> {
  const { DATABASE_URL: _, ...environment } = process.env
  const demo = spawn(process.execPath, ['--import', './scripts/require-node24.mjs', 'demo/tour.ts'], {
    env: { ...environment, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [exitCode]] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'exit')])
  return { exitCode, output: output + errors }
}

test('the demo prints all of its steps and exits with 0', async () => {
  const { exitCode, output } = await runDemo()
  expect(output).toContain('60 of 60 products searchable')
  expect(output).toContain('1,890,000 toman → 1,790,000 toman: 0 embeddings')
  expect(output).toContain('1 chunk embedded')
  expect(output).toContain('answered 200 “skipped”')
  expect(output).toContain('the older is “superseded”, the stock stays 3')
  expect(output).toContain('its state is “removed”')
  expect(output).toMatch(/1,790,000 {2}14 in stock {2}\u2068کاپشن زمستانی مردانه مدل دماوند\u2069/)
  expect(output).toMatch(/events +65\n/)
  expect(output).toMatch(/embedding inputs +113\n/)
  expect(output).toContain('ended with exit code 0')
  expect(output).not.toContain('✗')
  expect(output).not.toContain('\u001b')
  expect(exitCode).toBe(0)
})

test('a demo that cannot start names the reason and exits with 1', async () => {
  const { exitCode, output } = await runDemo({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  expect(output).toMatch(/✗ DATABASE_URL: no database of its own could be made on that server \(.*ECONNREFUSED/)
  expect(exitCode).toBe(1)
})
