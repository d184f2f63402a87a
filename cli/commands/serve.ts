import type { Command } from 'commander'

/** `fiko serve` and `fiko worker`: the server, with the environment's settings. */
export function serveCommands(program: Command): void {
  program
    .command('serve')
    .description('start the server (settings: docs/configuration.md)')
    .action(async () => {
      const { serve } = await import('../../server/src/serve.ts')
      await serve()
    })
  program
    .command('worker')
    .description('start a process that only works, beside servers with ROLE=api')
    .action(async () => {
      const { serve } = await import('../../server/src/serve.ts')
      await serve({ ...process.env, ROLE: 'worker' })
    })
}
