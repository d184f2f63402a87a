/**
 * `npm run bench:durability`: what the embedded database's acknowledgement is worth, on Linux. The system calls of its writes, with
 * and without EMBEDDED_FSYNC; a killed process; and power cuts as they may look at worst: of what was never synced the disk has the
 * state of long ago, of what was synced the present one.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openEmbedded } from '../../server/src/platform/db/database-embedded.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { number, table } from './report.ts'

type Fsync = 'off' | 'on'

const ROWS = 200
const WAL = 'database/pg_wal'
/** Says where the last checkpoint is; PostgreSQL recovers from there. */
const CONTROL_FILE = 'database/global/pg_control'
const TRACED = ['openat', 'write', 'pwrite64', 'pwritev', 'fsync', 'fdatasync', 'msync', 'sync_file_range', 'sync']

/**
 * Ways to lose power, each as what of the present files had reached the disk. `before` is the state that surely had.
 */
const CUTS: { name: string; checkpoint: boolean; reached: Record<Fsync, string[]> }[] = [
  { name: 'between two checkpoints', checkpoint: false, reached: { off: [], on: [WAL] } },
  {
    name: 'after a checkpoint of which nothing had reached the disk',
    checkpoint: true,
    reached: { off: [], on: [WAL] },
  },
  {
    name: 'after a checkpoint of which only the control file had',
    checkpoint: true,
    reached: { off: [CONTROL_FILE], on: [WAL, CONTROL_FILE] },
  },
]

const folder = mkdtempSync(join(tmpdir(), 'fiko-durability-'))
try {
  await traceCalls()
  await losePower()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Writer {
  child: ChildProcess
  say(command: string): Promise<void>
}

/** Starts a process on the directory, perhaps under strace. */
async function startWriter(directory: string, fsync: Fsync, under: string[] = []): Promise<Writer> {
  const [program = process.execPath, ...given] = [
    ...under,
    process.execPath,
    'verify/bench/durable-rows.ts',
    directory,
    fsync,
  ]
  const child = spawn(program, given, { stdio: ['pipe', 'ignore', 'pipe'] })
  if (!child.stdin || !child.stderr) throw new Error('a child process came without its streams')
  const { stdin } = child
  const said = createInterface(child.stderr)[Symbol.asyncIterator]()
  const hear = async (wanted: string) => {
    for (;;) {
      const { value, done } = await said.next()
      if (done) throw new Error(`the process ended before it said: ${wanted}`)
      if (value === wanted) return
    }
  }
  await hear('ready')
  return {
    child,
    say: async (command) => {
      stdin.write(`${command}\n`)
      await hear(`done ${command.split(' ')[0]}`)
    },
  }
}

async function traceCalls(): Promise<void> {
  console.log(`### System calls of ${ROWS} commits and of one checkpoint\n`)
  if (spawnSync('strace', ['-V']).error) {
    console.log('Left out: strace is not installed (apt-get install strace).\n')
    return
  }
  const rows: string[][] = []
  for (const fsync of ['off', 'on'] as const) {
    const trace = join(folder, `trace-${fsync}`)
    const writer = await startWriter(join(folder, `traced-${fsync}`), fsync, [
      'strace',
      '-f',
      '-e',
      `trace=${TRACED}`,
      '-o',
      trace,
    ])
    await writer.say(`write 0 ${ROWS}`)
    await writer.say('checkpoint')
    writer.child.stdin?.end()
    await once(writer.child, 'exit')
    const parts = readFileSync(trace, 'utf8').split(/.*"(?:ready|done \w+)\\n".*/)
    for (const [name, part = ''] of [
      [`${ROWS} commits`, parts[1]],
      ['one checkpoint', parts[2]],
    ] as const) {
      const count = (call: RegExp) => (part.match(call) ?? []).length
      rows.push([
        fsync,
        name,
        number(count(/\bp?write(?:64|v)?\(/g)),
        number(count(/\b(?:fsync|fdatasync|msync|sync_file_range|sync)\(/g)),
        /pg_wal\/0[^"]*", [A-Z_|]*O_D?SYNC/.test(readFileSync(trace, 'utf8')) ? 'with O_SYNC' : 'plainly',
      ])
    }
  }
  console.log(`${table(['EMBEDDED_FSYNC', '', 'writes', 'syncs', 'the log is opened'], rows)}\n`)
}

async function losePower(): Promise<void> {
  console.log(
    `### ${number(ROWS)} rows on disk, ${number(ROWS)} more acknowledged, then the process or the power goes\n`,
  )
  const rows: string[][] = []
  for (const fsync of ['off', 'on'] as const) {
    for (const cut of CUTS) {
      const directory = join(folder, 'present')
      const before = join(folder, 'before')
      const writer = await startWriter(directory, fsync)
      await writer.say(`write 0 ${ROWS}`)
      await writer.say('checkpoint')
      cpSync(directory, before, { recursive: true })
      await writer.say(`write ${ROWS} ${ROWS}`)
      if (cut.checkpoint) await writer.say('checkpoint')
      writer.child.kill('SIGKILL')
      await once(writer.child, 'exit')
      for (const path of cut.reached[fsync]) cpSync(join(directory, path), join(before, path), { recursive: true })
      rows.push([fsync, cut.name, await lostRows(directory), await lostRows(before)])
      for (const used of [directory, before]) rmSync(used, { recursive: true })
    }
  }
  console.log(`${table(['EMBEDDED_FSYNC', 'the end', 'lost: process killed', 'lost: power cut'], rows)}\n`)
}

/** Opens the database as a next start would, and counts what of the acknowledged rows is there, whole. */
async function lostRows(directory: string): Promise<string> {
  try {
    const db = await openEmbedded(directory, false, createLog('silent'))
    try {
      const [row] = await db.owner.query<{ whole: number }>(
        'select count(*)::int as whole from acknowledged where length(text) > 0 and text = left(repeat(id::text, 500), 2000)',
      )
      return number(2 * ROWS - (row?.whole ?? 0))
    } finally {
      await db.close()
    }
  } catch (error) {
    return `does not open: ${(error as Error).message.split('\n')[0]}`
  }
}
