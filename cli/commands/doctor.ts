import type { Command } from 'commander'
import type { Diagnosis, Settings } from '../../server/src/operations/operator-routes.ts'
import type { Setting } from '../../server/src/operations/settings.ts'
import { CommandError, EXIT, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

const MARK = { ok: '✓', warning: '!', failed: '✗' }

/** `fiko doctor`: faults and their remedies. `fiko settings`: the settings of the running server. */
export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look over database, durability, queue, provider, clock and disk')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const { results } = await server.request<Diagnosis>('GET', '/api/v1/diagnosis/')
        show(results, options.json, () =>
          results
            .map(
              (finding) =>
                `${MARK[finding.state]} ${finding.check}: ${finding.seen}${finding.advice ? `\n  → ${finding.advice}` : ''}`,
            )
            .join('\n'),
        )
        const failed = results.filter((finding) => finding.state === 'failed').length
        if (failed > 0) throw new CommandError(`${failed} of ${results.length} checks failed.`, EXIT.unwell)
      })
    })

  program
    .command('settings')
    .description('show the settings of the running server, without secrets')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const { results } = await server.request<Settings>('GET', '/api/v1/settings/')
        show(results, options.json, () =>
          table(results, {
            name: (row: Setting) => row.name,
            value: (row: Setting) => (row.is_secret ? (row.value ? 'set' : 'not set') : String(row.value ?? 'default')),
            'in its place, from the dashboard': (row: Setting) => row.overridden_by,
          }),
        )
      })
    })
}
