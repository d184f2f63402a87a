/** CPU time and memory of processes on this machine, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'

/** Linux tells times in units of 10 ms on every architecture that Node runs on. */
const MS_A_TICK = 10
/** Positions after the program's name, which ends with the last parenthesis. */
const AT = { parent: 1, user: 11, system: 12, userOfChildren: 13, systemOfChildren: 14 }
const LOCAL_HOSTS = ['127.0.0.1', 'localhost', '[::1]']

/** CPU time (user and system) that a process has used, in ms. */
export function cpuMsOf(pid: number): number {
  const fields = readStat(pid)
  return ticks(fields, 'user') + ticks(fields, 'system')
}

/** Proportional set size in MB: memory that processes share is counted once, in equal parts. */
export function pssMbOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/smaps_rollup has no Pss`)
  return (Number(kilobytes) * 1024) / 1e6
}

/** The process that all processes of a PostgreSQL server come from. @throws {Error} when it is on another machine */
export async function findPostmaster(url: string): Promise<number> {
  const { hostname } = new URL(url)
  if (!LOCAL_HOSTS.includes(hostname)) throw new Error(`the CPU of PostgreSQL on ${hostname} cannot be read here`)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const pid = rows[0]?.pid ?? 0
    if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')) {
      throw new Error('the CPU of PostgreSQL cannot be read: it runs in another container')
    }
    return Number(readStat(pid)[AT.parent])
  } finally {
    await client.end()
  }
}

/** CPU time of a PostgreSQL server: its main process, its children, and the children that have ended. */
export function postgresCpuMs(postmaster: number): number {
  const main = readStat(postmaster)
  let sum = cpuMsOf(postmaster) + ticks(main, 'userOfChildren') + ticks(main, 'systemOfChildren')
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      if (Number(readStat(Number(name))[AT.parent]) === postmaster) sum += cpuMsOf(Number(name))
    } catch {
      // The process has ended since; its time is then in the children's time of the main process at the next reading.
    }
  }
  return sum
}

function readStat(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function ticks(fields: string[], name: keyof typeof AT): number {
  return Number(fields[AT[name]]) * MS_A_TICK
}
