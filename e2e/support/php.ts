/** PHP as the shops run it: from the command line, and as a web server. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startLeashed } from './leashed-process.ts'
import { waitFor } from './wait-for.ts'

/** Which copy of WordPress, which database, and where a shop keeps its logs: wp-config.php reads it. */
export type PhpEnvironment = Record<'E2E_SITE' | 'E2E_SOCKET' | 'E2E_DATABASE' | 'E2E_FOLDER', string> & {
  E2E_FIKO_SYNC_URL?: string
  E2E_FIKO_SYNC_TOKEN?: string
}

/** PHP ended otherwise than with 0, or printed no result. */
export class PhpFailed extends Error {
  override name = 'PhpFailed'
}

/** Runs a PHP file with some input and resolves with what it printed. @throws {PhpFailed} */
export async function runPhp(env: PhpEnvironment | null, file: string[], input = ''): Promise<string> {
  return await finishPhp(startPhp(env, file, input))
}

export function startPhp(env: PhpEnvironment | null, file: string[], input: string): ChildProcess {
  const child = spawn('php', [...phpOptions(env), ...file], { env: { ...systemEnvironment(), ...env } })
  // It may end before it has read everything, which its exit code then tells.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return child
}

export async function finishPhp(child: ChildProcess): Promise<string> {
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new PhpFailed(`PHP ended with ${code ?? signal}: ${(said.stderr + said.stdout).slice(-3000)}`)
  return said.stdout
}

/** PHP's own web server with a few workers, as a small host has them. */
export async function servePhp(env: PhpEnvironment, port: number): Promise<{ stop(): Promise<void> }> {
  const address = `127.0.0.1:${port}`
  const served = startLeashed(['php', ...phpOptions(null), '-S', address, '-t', env.E2E_SITE], {
    ...systemEnvironment(),
    ...env,
    PHP_CLI_SERVER_WORKERS: '3',
  })
  await waitFor('the web server to answer', async () => {
    if (served.hasEnded()) throw new Error(`php -S ended: ${served.said()}`)
    return await fetch(`http://${address}/license.txt`).then(
      (answer) => answer.ok,
      () => false,
    )
  })
  return { stop: () => served.stop() }
}

function phpOptions(commandLine: PhpEnvironment | null): string[] {
  const settings = ['memory_limit=512M', 'max_execution_time=0', 'display_errors=stderr', 'opcache.enable_cli=1']
  settings.push('upload_max_filesize=32M', 'post_max_size=40M', 'max_input_vars=20000')
  if (commandLine) {
    // Compiled files are kept on disk, or each of the hundreds of runs would compile WooCommerce anew.
    const cache = join(commandLine.E2E_SITE, '..', 'opcache')
    mkdirSync(cache, { recursive: true })
    settings.push(`opcache.file_cache=${cache}`, 'opcache.file_cache_only=1')
  }
  return settings.flatMap((setting) => ['-d', setting])
}

function systemEnvironment(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, LANG: 'C.UTF-8' }
}
