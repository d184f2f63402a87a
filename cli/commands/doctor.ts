import type { Command } from 'commander'
import type { Diagnosis } from '../../server/src/operations/operator-routes.ts'
import { CommandError, EXIT, withServer } from '../connection.ts'
import { show } from '../output.ts'

const MARK = { ok: '✓', warning: '!', failed: '✗' }

/** `fiko doctor`: faults and their remedies. */
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
}
