import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type {
  MailTestResult,
  ProviderTestResult,
  Settings,
} from '../../server/src/operations/settings/settings-routes.ts'
import type { Setting as ServerSetting } from '../../server/src/operations/settings.ts'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import { CommandError, EXIT, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

type Setting = Wire<ServerSetting>

const PATH = '/api/v1/settings/'

/** `fiko settings list|set|unset|test-mail|test-provider`. */
export function settingsCommands(program: Command): void {
  const settings = program.command('settings').description('the settings of the server, without secrets')

  settings
    .command('list', { isDefault: true })
    .description('the settings in use and where each comes from')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const { results } = await server.request<Wire<Settings>>('GET', PATH)
        show(results, options.json, () =>
          table(results, {
            name: (row: Setting) => row.name,
            value: shownValue,
            from: (row: Setting) => row.source,
            'after a change': (row: Setting) => (row.needs_restart ? 'restart' : 'at once'),
            bounds: boundsOf,
            'in its place, from the dashboard': (row: Setting) => row.overridden_by,
          }),
        )
        if (options.json) return
        for (const { name, change } of results) {
          if (change?.problem) process.stderr.write(`${name} is not in use: ${change.problem}\n`)
        }
      })
    })

  settings
    .command('set')
    .description('change settings without a restart; NAME=- reads the value from standard input, for secrets')
    .argument('<name=value...>', 'such as RATE_LIMIT_BURST=600; settings that belong together in one command')
    .option('--json', 'for scripts', false)
    .action(async (assignments: string[], options) => {
      const values = Object.fromEntries(assignments.map(readAssignment))
      await change(values, options.json)
    })

  settings
    .command('unset')
    .description('return settings to the values of the environment')
    .argument('<names...>', 'such as RATE_LIMIT_BURST')
    .option('--json', 'for scripts', false)
    .action(async (names: string[], options) => {
      await change(Object.fromEntries(names.map((name) => [name, null])), options.json)
    })

  settings
    .command('test-mail')
    .description('send a test e-mail, and show what the mail server answers')
    .argument('<address>', 'the receiver')
    .option('--json', 'for scripts', false)
    .action(async (to: string, options) => {
      await withServer(async (server) => {
        const result = await server.request<MailTestResult>('POST', `${PATH}test-mail/`, { to })
        show(result, options.json, () => [result.message, result.answer].filter(Boolean).join('\n'))
        if (!result.is_delivered) throw new CommandError('The test e-mail was not sent.', EXIT.failed)
      })
    })

  settings
    .command('test-provider')
    .description('embed one text with the address and key of the embedding provider')
    .option('--model <name>', 'the model; by default the one in use')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const { model } = options
        const result = await server.request<ProviderTestResult>('POST', `${PATH}test-provider/`, {
          ...(model && { model }),
        })
        show(result, options.json, () =>
          [
            `${result.url} · ${result.model}: ${result.message}`,
            result.dimensions === null ? null : `${result.dimensions} dimensions in ${result.duration_ms} ms`,
            result.answer,
          ]
            .filter(Boolean)
            .join('\n'),
        )
        if (!result.is_working)
          throw new CommandError('The embedding provider did not answer with a vector.', EXIT.failed)
      })
    })
}

async function change(values: Record<string, string | null>, isJson: boolean): Promise<void> {
  await withServer(async (server) => {
    const { results } = await server.request<Wire<Settings>>('PATCH', PATH, { values })
    const changed = results.filter(({ name }) => name in values)
    show(changed, isJson, () =>
      table(changed, {
        name: (row: Setting) => row.name,
        value: shownValue,
        from: (row: Setting) => row.source,
      }),
    )
  })
}

function readAssignment(text: string): [string, string] {
  const [, name, value] = /^([A-Z][A-Z_]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new CommandError(`"${text}" must be NAME=VALUE, such as RATE_LIMIT_BURST=600.`, EXIT.usage)
  if (value !== '-') return [name, value]
  return [name, readFileSync(0, 'utf8').replace(/\r?\n$/, '')]
}

function shownValue({ is_secret: isSecret, value, name }: Setting): string {
  if (isSecret) return value ? 'set' : 'not set'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return value === null ? (name === 'EVENT_RETENTION_DAYS' ? 'unlimited' : 'default') : String(value)
}

function boundsOf({ change: found }: Setting): string | null {
  if (!found) return null
  if (found.min !== null && found.max !== null) return `${found.min} to ${found.max}`
  if (found.kind === 'switch') return 'on, off'
  return found.choices.join(', ') || null
}
