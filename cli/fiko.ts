import { Command } from 'commander'
import { VERSION } from '../server/src/platform/version.ts'
import { auditCommands } from './commands/audit.ts'
import { backupCommands } from './commands/backups.ts'
import { deadLetterCommands } from './commands/dead-letters.ts'
import { doctorCommand } from './commands/doctor.ts'
import { eventCommands } from './commands/events.ts'
import { feedCommands } from './commands/feeds.ts'
import { knowledgeCommands } from './commands/knowledge.ts'
import { pricesCommands } from './commands/prices.ts'
import { productCommands } from './commands/products.ts'
import { serveCommands } from './commands/serve.ts'
import { settingsCommands } from './commands/settings.ts'
import { storeCommands } from './commands/stores.ts'
import { synonymCommands } from './commands/synonyms.ts'
import { tenantCommands } from './commands/tenants.ts'
import { tokenCommands } from './commands/tokens.ts'
import { userCommands } from './commands/users.ts'
import { CommandError, EXIT } from './connection.ts'

/** `fiko`: everything an operator does from a terminal. */
const program = new Command('fiko')
  .description('Keeps an AI’s knowledge of a WooCommerce catalogue current.')
  .version(VERSION)
  .configureHelp({ sortSubcommands: false })
  .showHelpAfterError('(fiko --help shows what there is)')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage))
  .addHelpText(
    'after',
    `
Commands work on the configured database (DATABASE_URL, or DATA_DIR), or on a running server:
  FIKO_URL=http://127.0.0.1:8787 ADMIN_API_KEY=… fiko token list

Exit codes: 0 done · 1 failed · 2 wrong usage or setting · 3 refused · 4 not reachable · 5 doctor found a fault`,
  )

serveCommands(program)
tokenCommands(program)
userCommands(program)
storeCommands(program)
tenantCommands(program)
eventCommands(program)
deadLetterCommands(program)
productCommands(program)
auditCommands(program)
knowledgeCommands(program)
synonymCommands(program)
feedCommands(program)
backupCommands(program)
doctorCommand(program)
settingsCommands(program)
pricesCommands(program)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
