import type { Command } from 'commander'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Token as ServerToken, ShownToken } from '../../server/src/tenants/tokens/token-schemas.ts'
import { idArgument, idOption } from '../arguments.ts'
import { listAll, withServer } from '../connection.ts'
import { show, table } from '../output.ts'

const BASE = '/api/v1/integrations/tokens'

type Token = Wire<ServerToken>

type MadeToken = Wire<ShownToken>

/** `fiko token create|list|rotate|revoke`. */
export function tokenCommands(program: Command): void {
  const token = program.command('token').description('integration tokens')

  token
    .command('create')
    .description('make a token; it is shown only now')
    .requiredOption('--name <name>', 'what it is for')
    .option('--type <type>', 'woocommerce, shopify or knowledge', 'woocommerce')
    .option('--store <id>', 'for this store (else a new one is made)', idOption)
    .option('--user <id>', 'for this user’s tenant (else the first admin’s)')
    .option('--environment <name>', 'live or test')
    .option('--expires <time>', 'such as 2027-01-31T00:00:00Z')
    .option('--allow <address...>', 'addresses or networks it may be used from')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const made = await server.request<MadeToken>('POST', `${BASE}/generate/`, {
          integration_type: options.type,
          name: options.name,
          store_id: options.store,
          user_id: options.user,
          environment: options.environment,
          expires_at: options.expires,
          allowed_ips: options.allow,
        })
        show(made, options.json, () => `${made.token}\n${made.message}`)
      })
    })

  token
    .command('list')
    .description('all tokens, without their secrets')
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const results = await listAll<Token>(server, `${BASE}/`)
        show(results, options.json, () =>
          table(results, {
            id: (row: Token) => row.id,
            token: (row: Token) => row.token_preview,
            type: (row: Token) => row.integration_type,
            name: (row: Token) => row.name,
            store: (row: Token) => row.store?.name,
            active: (row: Token) => (row.is_active ? 'yes' : 'no'),
            used: (row: Token) => row.usage_count,
            'last used': (row: Token) => row.last_used_at,
          }),
        )
      })
    })

  token
    .command('rotate')
    .description('make a successor; the old token works for the grace period')
    .argument('<id>', 'the token’s id', idArgument)
    .option('--grace <seconds>', 'how long the old one works', idOption, 86_400)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        const made = await server.request<MadeToken>('POST', `${BASE}/${id}/rotate/`, { grace_seconds: options.grace })
        show(made, options.json, () => `${made.token}\n${made.message}`)
      })
    })

  token
    .command('revoke')
    .description('end a token for good, everywhere within a second')
    .argument('<id>', 'the token’s id', idArgument)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        await server.request('DELETE', `${BASE}/${id}/`)
        show({ id, revoked: true }, options.json, () => `Token ${id} is revoked.`)
      })
    })
}
