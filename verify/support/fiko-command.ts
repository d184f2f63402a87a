import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TestServer } from './test-server.ts'

const fiko = fileURLToPath(new URL('../../bin/fiko.mjs', import.meta.url))

/** With the compiled code of earlier runs: half of the CPU time of a short command. */
const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env
const ENVIRONMENT = { PATH, NODE_COMPILE_CACHE }

/** Runs `fiko` as an operator would. */
export function runFiko(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; out: string; error: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [fiko, ...args], { env: { ...ENVIRONMENT, ...env } })
    let [out, error] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      error += chunk
    })
    child.on('close', (code) => resolve({ code, out, error }))
  })
}

/** The same at a terminal, which util-linux' `script` makes; what is written anywhere comes out of it. */
export function runAtTerminal(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; shown: string }> {
  const command = [process.execPath, fiko, ...args].map((word) => `'${word}'`).join(' ')
  return new Promise((resolve) => {
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { ...ENVIRONMENT, TERM: 'xterm', ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let shown = ''
    child.stdout.on('data', (chunk) => {
      shown += chunk
    })
    child.on('close', (code) => resolve({ code, shown }))
  })
}

/** The settings of `fiko` for a running server. */
export function remoteTo(server: TestServer): Record<string, string> {
  return { FIKO_URL: server.url, ADMIN_API_KEY: server.env.ADMIN_API_KEY ?? '' }
}
