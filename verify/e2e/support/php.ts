/** PHP from the command line, as the shops run it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** The copy of WordPress, the database, and the folder of a shop's logs; wp-config.php reads them. */
export type PhpEnvironment = Record<'E2E_SITE' | 'E2E_SOCKET' | 'E2E_DATABASE' | 'E2E_FOLDER', string> & {
  E2E_FIKO_SYNC_URL?: string
  E2E_FIKO_SYNC_TOKEN?: string
  /** PHP's memory limit, which WordPress does not raise either. */
  E2E_MEMORY_LIMIT?: string
  /** `host:port` of a network of sites. */
  E2E_NETWORK?: string
  /** Socket of the Redis for the object cache. */
  E2E_REDIS_SOCKET?: string
}

/** PHP ended otherwise than with 0, or printed no result. */
export class PhpFailed extends Error {
  override name = 'PhpFailed'
}

/** Runs a PHP file with some input and resolves with what it printed. @throws {PhpFailed} */
export async function runPhp(env: PhpEnvironment | null, file: string[], input = ''): Promise<string> {
  return await finishPhp(startPhp(env, file, input))
}

const running = new Set<ChildProcess>()
// A PHP process that waits for an answer would outlive this one.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function startPhp(env: PhpEnvironment | null, file: string[], input: string): ChildProcess {
  const options = env ? [...phpOptions(env), ...fileCache(env)] : phpOptions(env)
  const child = spawn('php', [...options, ...file], { env: { ...systemEnvironment(), ...env } })
  running.add(child)
  child.once('close', () => running.delete(child))
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
  if (code !== 0)
    throw new PhpFailed(`PHP ended with ${code ?? signal}: ${said.stderr.slice(-2000) || said.stdout.slice(-2000)}`)
  return said.stdout
}

/** `-d` options of the command line and of the web server. */
export function phpOptions(env: PhpEnvironment | null): string[] {
  return Object.entries(phpSettings(env)).flatMap(([name, value]) => ['-d', `${name}=${value}`])
}

export function phpSettings(env: PhpEnvironment | null): Record<string, string> {
  return {
    memory_limit: env?.E2E_MEMORY_LIMIT ?? '512M',
    max_execution_time: '0',
    display_errors: 'stderr',
    'opcache.enable_cli': '1',
    upload_max_filesize: '32M',
    post_max_size: '40M',
    max_input_vars: '20000',
  }
}

/** Compiled files are kept on disk, or each of the hundreds of runs would compile WooCommerce anew. */
function fileCache(env: PhpEnvironment): string[] {
  const cache = join(env.E2E_SITE, '..', 'opcache')
  mkdirSync(cache, { recursive: true })
  return ['-d', `opcache.file_cache=${cache}`, '-d', 'opcache.file_cache_only=1']
}

export function systemEnvironment(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, LANG: 'C.UTF-8' }
}
