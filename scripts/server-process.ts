/** Starts a real server as a child process, for the demo, the benchmark and the fault campaign. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ServerProcess {
  readonly url: string
  readonly child: ChildProcess
  /** SIGTERM, then waits. @throws {Error} when it does not end by itself within 20 s, or not with exit code 0 */
  stop(): Promise<void>
}

interface Options {
  /** Settings of the server. Nothing else of this process's environment reaches it but what the system needs. */
  settings: Record<string, string>
  entry?: string
  /** Arguments for Node itself, such as `--cpu-prof`. */
  nodeArguments?: string[]
  /** Gets the process before it serves, for a caller that kills it during the start or stores its output. */
  onSpawn?: (child: ChildProcess) => void
}

const PATIENCE_MS = 20_000
const KEPT_LINES = 40
// An OPENAI_API_KEY or ROLE lying around in the caller's shell must not change what is shown or measured.
const SYSTEM_VARIABLES = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG', 'TZ', 'NODE_COMPILE_CACHE']

/**
 * Starts a server on a free port and resolves once it serves. It announces its address itself, so no port has to be
 * guessed. @throws {Error} with what the server said, when it ends before that
 */
export async function startServerProcess(options: Options): Promise<ServerProcess> {
  const { settings, entry = 'server/src/main.ts', nodeArguments = [] } = options
  const inherited = Object.fromEntries(SYSTEM_VARIABLES.flatMap((name) => pair(name, process.env[name])))
  const child = spawn(
    process.execPath,
    [...nodeArguments, '--import', './scripts/require-node24.mjs', '--import', './scripts/end-with-parent.mjs', entry],
    // The fourth is a channel: the benchmark's entry is asked on it, and every server ends when it closes.
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...inherited, PORT: '0', ...settings } },
  )
  options.onSpawn?.(child)
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('a child process came without its output')
  // The channel alone must not keep the parent process running.
  child.channel?.unref()

  const said: string[] = []
  const keep = (line: string) => {
    said.push(line)
    if (said.length > KEPT_LINES) said.shift()
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(stdout).on('line', keep)
    createInterface(stderr).on('line', (line) => {
      keep(line)
      const address = /^Fiko Sync is ready: (\S+)$/.exec(line)?.[1]
      if (address) resolve(address)
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`the server did not start: ${said.join('\n')}`)))
  })

  return {
    url,
    child,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
      await ended
      clearTimeout(timer)
      // Windows knows no SIGTERM: there the process is ended, not asked.
      if (child.exitCode !== 0 && process.platform !== 'win32') {
        throw new Error(`the server did not end cleanly (${child.signalCode ?? child.exitCode}): ${said.join('\n')}`)
      }
    },
  }
}

function pair(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]]
}
