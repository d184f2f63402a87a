/** The server as its own process, for what a process alone can show: signals, exit codes, what it prints. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { UNLIMITED } from './unlimited.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface ChildServer {
  url: string
  /** Everything printed so far, on both outputs, and on each. */
  printed(): string
  stdout(): string
  stderr(): string
  signal(signal: NodeJS.Signals): void
  /** `kill -9`: nothing is finished, nothing is closed. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  ended: Promise<Ended>
}

const children = new Set<ChildProcess>()

/** For `afterEach`: a test that failed must not leave a server behind. */
export function killChildren(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** Starts `server/src/main.ts` with exactly these settings and waits until it serves; throws what it said if it ends before. */
export async function startChild(env: Record<string, string>): Promise<ChildServer> {
  const { child, output, ended } = run(env)
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', () => {
      const ready = /is ready: (http:\S+)/.exec(output.stderr)
      if (ready?.[1]) resolve(ready[1])
    })
    ended.then((end) => reject(new Error(`the server ended with ${end.code}: ${end.stderr}`)), reject)
  })
  return {
    url,
    printed: () => output.stdout + output.stderr,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    signal: (signal) => child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    stop: async () => {
      child.kill('SIGTERM')
      return (await ended).code
    },
    ended,
  }
}

/** Starts a server that should refuse to; one that serves all the same is stopped, and its exit code shows it. */
export async function expectRefusal(env: Record<string, string>): Promise<Ended> {
  const { child, output, ended } = run(env)
  child.stderr?.on('data', () => {
    if (output.stderr.includes('is ready')) child.kill('SIGTERM')
  })
  return await ended
}

function run(env: Record<string, string>) {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env
  const child = spawn(process.execPath, ['server/src/main.ts'], {
    cwd: root,
    env: {
      PATH,
      HOME,
      NODE_COMPILE_CACHE,
      PORT: '0',
      LOG_LEVEL: 'debug',
      RETRY_DELAY_SECONDS: '0',
      ...UNLIMITED,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    children.delete(child)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, ...output }
  })
  return { child, output, ended }
}
