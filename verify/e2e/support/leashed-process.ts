/**
 * A process that never outlives this one. A shell holds it on a pipe: when the pipe closes, because `stop` was called or because
 * this process died by any signal, the shell asks it to end and kills the rest of its group: php's server forks workers, which
 * outlive a SIGTERM to it. A process that does not end within 10 s is killed with its group.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface LeashedProcess {
  hasEnded(): boolean
  /** The last lines of its output, for the message of an error. */
  said(): string
  /** Resolves when it and all its children have ended. */
  stop(): Promise<void>
}

const KEPT_CHARACTERS = 8_000
/** From the request to end until the shell kills the group. */
const GRACE_SECONDS = 10
/** From the request to end until this process kills the group, shell included. */
const PATIENCE_MS = 15_000

// The shell itself prints nothing: without a reader, "Terminated" would end it before the last line.
const HOLD = `exec 3<&0
"$@" </dev/null & child=$!
exec >/dev/null 2>&1
{ cat <&3; kill -TERM $child; sleep ${GRACE_SECONDS}; kill -KILL 0; } &
wait $child
kill -KILL 0`

export function startLeashed(command: string[], env: Record<string, string | undefined> = process.env): LeashedProcess {
  // Its own process group: Ctrl-C must reach the scenarios first and what they stand on after them.
  const child = spawn('sh', ['-c', HOLD, 'sh', ...command], { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env })
  const exited = once(child, 'exit')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_CHARACTERS)
    })
  }
  child.stdin.on('error', () => {})
  return {
    hasEnded,
    said: () => output.trim(),
    stop: async () => {
      child.stdin.end()
      const timer = setTimeout(() => killGroup(child), PATIENCE_MS)
      if (!hasEnded()) await exited
      clearTimeout(timer)
    },
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group ended by itself meanwhile.
  }
}
