import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

function importsIn(folder: string): { file: string; statement: string; target: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) =>
      [
        ...readFileSync(join(root, folder, file), 'utf8').matchAll(
          /^(?:import|export)\b[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'/gm,
        ),
      ].map((match) => ({ file, statement: match[0], target: match[1] ?? match[2] ?? '' })),
    )
}

test('the dashboard imports only types from the server', () => {
  const ofServer = importsIn('dashboard/src').filter(({ target }) => /\/(server|cli)\//.test(target))
  expect(ofServer.length).toBeGreaterThan(5)
  for (const { file, statement } of ofServer) expect(statement, file).toMatch(/^(import|export) type /)
})

test('the server imports nothing from the dashboard', () => {
  const imports = importsIn('server/src')
  expect(imports.length).toBeGreaterThan(100)
  expect(imports.filter(({ target }) => target.includes('dashboard/'))).toEqual([])
})

test('the browser’s code needs no package that only Node has', () => {
  const ofNode = importsIn('dashboard/src').filter(({ target }) => target.startsWith('node:'))
  expect(ofNode).toEqual([])
})
