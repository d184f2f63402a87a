import type { Command } from 'commander'
import { serve } from '../../server/src/serve.ts'

/** `fiko serve` and `fiko worker`: the server, with the environment's settings. */
export function serveCommands(program: Command): void {
  program
    .command('serve')
    .description('start the server (settings: docs/configuration.md)')
    .action(async () => {
      await serve()
    })
  program
    .command('worker')
    .description('start a process that only works, beside servers with ROLE=api')
    .action(async () => {
      await serve({ ...process.env, ROLE: 'worker' })
    })
}
