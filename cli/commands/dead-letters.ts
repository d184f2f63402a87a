import { createWriteStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { setTimeout as delay } from 'node:timers/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type {
  ChangedDeadLetters,
  DeadLetter,
  DeadLetterGroups,
  Kind,
  Replay,
  ReplayItem,
  Replays,
} from '../../server/src/events/dead-letters/dead-letter-schemas.ts'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Page } from '../../server/src/platform/http/lists.ts'
import { idOption } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { CommandError, type Connection, EXIT, withServer } from '../connection.ts'
import { progress, show, table } from '../output.ts'

const BASE = '/api/v1/dead-letters'

/** Time between two looks at a replay, and after which `--wait` gives up: retries of an event alone take 90 s by default. */
const LOOK_MS = 1_000
const MAX_WAIT_MS = 10 * 60_000

interface Filter {
  store?: number
  user?: string
  kind?: string
  group?: string
  since?: string
  until?: string
  dismissed?: boolean
}

interface Named {
  kind: Kind
  id: number
}

type ShownReplay = Wire<Replay>

/** `fiko dead-letters groups|list|replay|replays|dismiss|restore|export`. */
export function deadLetterCommands(program: Command): void {
  const letters = program.command('dead-letters').description('failed events and refused texts')
  const filtered = (command: Command) =>
    command
      .option('--store <id>', 'of this store', idOption)
      .option('--user <id>', 'of this owner')
      .option('--kind <kind>', 'event or embedding')
      .option('--group <id>', 'of this group, as `fiko dead-letters groups` shows it')
      .option('--since <time>', 'failed since, such as 2027-01-31T00:00:00Z')
      .option('--until <time>', 'failed before')
      .option('--dismissed', 'the dismissed ones')
  const forScripts = (command: Command) => command.option('--json', 'for scripts', false)

  forScripts(filtered(letters.command('groups')))
    .description('dead letters by their cause, with the products and when they failed')
    .action(async (options) => {
      await withServer(async (server) => {
        const groups = await server.request<Wire<DeadLetterGroups>>('GET', `${BASE}/groups/${queryOf(options)}`)
        type Group = (typeof groups.results)[number]
        show(groups, options.json, () =>
          table(groups.results, {
            group: (row: Group) => row.group,
            kind: (row: Group) => row.kind,
            count: (row: Group) => row.count,
            products: (row: Group) => row.products,
            first: (row: Group) => row.first_failed_at,
            last: (row: Group) => row.last_failed_at,
            names: (row: Group) => row.newest.map(nameOf).join(', '),
            reason: (row: Group) => row.reason,
          }),
        )
      })
    })

  forScripts(filtered(letters.command('list')))
    .description('dead letters, the last failure first')
    .option('--limit <number>', 'how many, up to 200', idOption, 50)
    .action(async (options) => {
      await withServer(async (server) => {
        const path = `${BASE}/${queryOf(options, { limit: String(options.limit) })}`
        const list = await server.request<Page<Wire<DeadLetter>>>('GET', path)
        show(list, options.json, () =>
          table(list.results, {
            id: (row: DeadLetter) => `${row.kind}:${row.id}`,
            failed: (row: DeadLetter) => row.failed_at,
            store: (row: DeadLetter) => row.store.name,
            product: nameOf,
            reason: (row: DeadLetter) => row.reason,
          }),
        )
      })
    })

  forScripts(changing(filtered(letters.command('replay'))))
    .description('try dead letters of both kinds again: named ones, or all of a filter')
    .option('--wait', 'until each is applied or has failed again; exit code 1 if one failed again', false)
    .action(async (named: Named[], options) => {
      await withServer(
        async (server) => {
          const done = await change(
            server,
            'replay',
            named,
            options,
            'Try {} dead letters again, with all their retries?',
          )
          if (done === null) return
          if (!options.wait || done.replay_id === null) {
            show(done, options.json, () => `${done.changed} dead letters are tried again: replay ${done.replay_id}.`)
            return
          }
          const replay = await waitFor(server, done.replay_id, options.json)
          const failed = await failuresOf(server, done.replay_id)
          show({ ...replay, failures: failed }, options.json, () =>
            [sentenceOf(replay), ...failed.map(lineOf)].join('\n'),
          )
          if (replay.failed > 0 || replay.waiting > 0) process.exitCode = EXIT.failed
        },
        { works: options.wait },
      )
    })

  for (const [name, words] of [
    ['dismiss', 'leave dead letters out of the list and of its counts; nothing is deleted'],
    ['restore', 'undo the dismissal of dead letters'],
  ] as const)
    forScripts(changing(filtered(letters.command(name))))
      .description(words)
      .action(async (named: Named[], options) => {
        await withServer(async (server) => {
          const done = await change(
            server,
            name,
            named,
            options,
            `${name === 'dismiss' ? 'Dismiss' : 'Restore'} {} dead letters?`,
          )
          if (done)
            show(
              done,
              options.json,
              () => `${done.changed} dead letters are ${name}${name === 'dismiss' ? 'ed' : 'd'}.`,
            )
        })
      })

  forScripts(letters.command('replays'))
    .description('the newest replays with their outcomes; with an id, each of its dead letters')
    .argument('[id]', 'the replay')
    .option('--outcome <word>', 'waiting, applied, superseded, failed or gone')
    .action(async (id, options) => {
      await withServer(async (server) => {
        if (id === undefined) {
          const { results } = await server.request<Wire<Replays>>('GET', `${BASE}/replays/`)
          show(results, options.json, () =>
            table(results, {
              replay: (row: ShownReplay) => row.id,
              at: (row: ShownReplay) => row.asked_at,
              asked: (row: ShownReplay) => row.asked,
              waiting: (row: ShownReplay) => row.waiting,
              applied: (row: ShownReplay) => row.applied,
              superseded: (row: ShownReplay) => row.superseded,
              'failed again': (row: ShownReplay) => row.failed,
              reason: (row: ShownReplay) => row.reason,
            }),
          )
          return
        }
        const items = await itemsOf(server, id, options.outcome)
        show(items, options.json, () =>
          table(items, {
            id: (row: ReplayItem) => `${row.kind}:${row.id}`,
            outcome: (row: ReplayItem) => row.outcome,
            product: nameOf,
            reason: (row: ReplayItem) => row.reason,
          }),
        )
      })
    })

  forScripts(filtered(letters.command('export')))
    .description('write dead letters to a CSV file for a spreadsheet')
    .argument('<file>', 'a new file, readable by you only')
    .action(async (file, options) => {
      await withServer(async (server) => {
        const response = await server.stream(`${BASE}/export/${queryOf(options, { language: 'en' })}`)
        const out = createWriteStream(file, { mode: 0o600, flags: 'wx' })
        let isOpen = false
        out.once('open', () => {
          isOpen = true
        })
        await pipeline(Readable.fromWeb(response.body as ReadableStream), out).catch(async (error: Error) => {
          // A file that was there before stays.
          if (isOpen) await unlink(file)
          throw new CommandError(`${file} could not be written: ${error.message}`)
        })
        show({ file, bytes: out.bytesWritten }, options.json, () => `The dead letters are in ${file}.`)
      })
    })
}

function changing(command: Command): Command {
  return command
    .argument('[ids...]', 'such as event:12 or embedding:5, as `fiko dead-letters list` shows them', namedArgument)
    .option('--all', 'every dead letter of the filter', false)
    .option('--dry-run', 'only say how many', false)
    .option('--yes', 'without asking', false)
}

function namedArgument(text: string, before: Named[] | undefined): Named[] {
  const [, kind, id] = /^(event|embedding):(\d{1,15})$/.exec(text) ?? []
  if (kind === undefined) throw new InvalidArgumentError('It must be like event:12 or embedding:5.')
  return [...(before ?? []), { kind: kind as Kind, id: Number(id) }]
}

interface ChangeOptions extends Filter {
  all: boolean
  dryRun: boolean
  yes: boolean
  json: boolean
}

/** Counts, asks and changes; null when nothing was changed. `question` has {} in place of the number. */
async function change(
  server: Connection,
  name: 'replay' | 'dismiss' | 'restore',
  named: Named[],
  options: ChangeOptions,
  question: string,
): Promise<ChangedDeadLetters | null> {
  if (named.length === 0 && !options.all && !options.dryRun)
    throw new CommandError('Name dead letters, or say --all.', EXIT.usage)
  const selection = { ...bodyOf(options), ...(named.length > 0 && { items: named }) }
  const path = `${BASE}/${name}/`
  const asked = await server.request<ChangedDeadLetters>('POST', path, { ...selection, dry_run: true })
  if (options.dryRun || asked.matched === 0) {
    show(asked, options.json, () => `${asked.matched} dead letters match.`)
    if (named.length > 0 && asked.matched === 0) process.exitCode = EXIT.refused
    return null
  }
  if (named.length === 0) await confirm(question.replace('{}', String(asked.matched)), options.yes)
  return await server.request<ChangedDeadLetters>('POST', path, selection)
}

/** Waits until no dead letter of the replay is open; at most 10 minutes. */
async function waitFor(server: Connection, id: string, isSilent: boolean): Promise<ShownReplay> {
  const bar = progress('Replay', isSilent)
  const endsAt = Date.now() + MAX_WAIT_MS
  for (;;) {
    const { results } = await server.request<Wire<Replays>>('GET', `${BASE}/replays/`)
    const replay = results.find((each) => each.id === id)
    if (!replay) throw new CommandError(`Newer replays have displaced ${id}: fiko dead-letters replays ${id}`)
    bar.update(replay.asked - replay.waiting, replay.asked)
    if (replay.waiting === 0 || Date.now() > endsAt) {
      bar.end()
      return replay
    }
    await delay(LOOK_MS)
  }
}

const failuresOf = (server: Connection, id: string) => itemsOf(server, id, 'failed')

async function itemsOf(server: Connection, id: string, outcome?: string): Promise<Wire<ReplayItem>[]> {
  const query = new URLSearchParams({ limit: '200', ...(outcome && { outcome }) })
  const all: Wire<ReplayItem>[] = []
  for (let next: string | null = `${BASE}/replays/${encodeURIComponent(id)}/?${query}`; next !== null; ) {
    const page: Page<Wire<ReplayItem>> = await server.request('GET', next)
    all.push(...page.results)
    next = page.next
  }
  return all
}

function sentenceOf({ asked, waiting, applied, superseded, failed, gone }: ShownReplay): string {
  const parts = [
    `${applied} applied`,
    ...(superseded > 0 ? [`${superseded} superseded by a newer version`] : []),
    ...(failed > 0 ? [`${failed} failed again`] : []),
    ...(gone > 0 ? [`${gone} no longer stored`] : []),
    ...(waiting > 0 ? [`${waiting} still waiting`] : []),
  ]
  return `Of ${asked} dead letters: ${parts.join(', ')}.`
}

function lineOf(item: Wire<ReplayItem>): string {
  return `  ${item.kind}:${item.id} ${nameOf(item)}: ${item.reason ?? ''}`
}

function nameOf(row: {
  product: { name: string } | null
  product_name?: string | null
  external_id: string | null
}): string {
  return row.product?.name || row.product_name || row.external_id || ''
}

function bodyOf({ store, user, kind, group, since, until, dismissed }: Filter) {
  return {
    ...(store !== undefined && { store_id: store }),
    ...(user !== undefined && { user_id: user }),
    ...(kind !== undefined && { kind }),
    ...(group !== undefined && { group }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(dismissed && { dismissed }),
  }
}

function queryOf(filter: Filter, more: Record<string, string> = {}): string {
  const query = new URLSearchParams(more)
  for (const [name, value] of Object.entries(bodyOf(filter))) query.set(name, String(value))
  return query.size > 0 ? `?${query}` : ''
}
