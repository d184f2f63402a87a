import { createWriteStream } from 'node:fs'
import { stat, unlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Command } from 'commander'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { User } from '../../server/src/tenants/user-schemas.ts'
import { idArgument } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { CommandError, type Connection, EXIT, listAll, withServer } from '../connection.ts'
import { show } from '../output.ts'

/** `fiko tenants export|erase`. */
export function tenantCommands(program: Command): void {
  const tenants = program.command('tenants').description('everything that is kept of an owner')

  tenants
    .command('export')
    .description('write everything that is kept of a tenant to a file, one JSON object a line')
    .argument('<id>', 'the tenant’s id', idArgument)
    .argument('<file>', 'a new file, readable by you only')
    .option('--json', 'for scripts', false)
    .action(async (id, file, options) => {
      await withServer(async (server) => {
        const response = await server.stream(`/api/v1/tenants/${id}/export/`)
        const lines = Readable.fromWeb(response.body as ReadableStream)
        let end = ''
        lines.on('data', (chunk: Buffer) => {
          end = (end + chunk.toString()).slice(-2_000)
        })
        await pipeline(lines, createWriteStream(file, { mode: 0o600, flags: 'wx' })).catch((error: Error) => {
          throw new CommandError(`${file} could not be written: ${error.message}`)
        })
        const last = end.trimEnd().split('\n').at(-1) ?? ''
        if (!last.startsWith('{"kind":"end"')) {
          await unlink(file)
          throw new CommandError('The export was broken off; nothing was kept of it. Try again.', EXIT.unavailable)
        }
        const { size } = await stat(file)
        const { rows } = JSON.parse(last) as { rows: Record<string, number> }
        show({ id, file, bytes: size, rows }, options.json, () => `Tenant ${id} is in ${file} (${size} bytes).`)
      })
    })

  tenants
    .command('erase')
    .description('erase a tenant: every row of theirs, and their user; it cannot be undone')
    .argument('<id>', 'the tenant’s id', idArgument)
    .option('--yes', 'without asking', false)
    .option('--json', 'for scripts', false)
    .action(async (id, options) => {
      await withServer(async (server) => {
        const email = await emailOf(server, id)
        await confirm(`Erase tenant ${id} (${email}) with all stores, products and events, for good?`, options.yes)
        await server.request('DELETE', `/api/v1/tenants/${id}/`, { confirm: email })
        show({ id, erased: true }, options.json, () => `Tenant ${id} is erased. Backups made before still hold it.`)
      })
    })
}

async function emailOf(server: Connection, tenantId: number): Promise<string> {
  const users = await listAll<Wire<User>>(server, '/api/v1/users/')
  const user = users.find((each) => each.tenant_id === tenantId)
  if (!user) throw new CommandError(`There is no tenant ${tenantId}.`, EXIT.refused)
  return user.email
}
