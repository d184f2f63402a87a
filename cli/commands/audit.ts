import type { Command } from 'commander'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import type { Page } from '../../server/src/platform/http/lists.ts'
import type { AuditRow } from '../../server/src/tenants/audit.ts'
import { idOption } from '../arguments.ts'
import { withServer } from '../connection.ts'
import { show, table } from '../output.ts'

type AuditEntry = Wire<AuditRow>

/** `fiko audit`. */
export function auditCommands(program: Command): void {
  program
    .command('audit')
    .description('who did what, newest first')
    .option('--action <name>', 'such as token.revoked')
    .option('--user <id>', 'by this user, or to their tenant')
    .option('--store <id>', 'about this store, also a deleted one', idOption)
    .option('--since <time>', 'such as 2027-01-31T00:00:00Z')
    .option('--until <time>', 'before this time')
    .option('--search <text>', 'a part of the action, the address, a name or a detail')
    .option('--limit <number>', 'how many, up to 200', idOption, 50)
    .option('--json', 'for scripts', false)
    .action(async (options) => {
      await withServer(async (server) => {
        const query = new URLSearchParams({ limit: String(options.limit) })
        if (options.action) query.set('action', options.action)
        if (options.user) query.set('user_id', options.user)
        if (options.store) query.set('store_id', String(options.store))
        if (options.since) query.set('since', options.since)
        if (options.until) query.set('until', options.until)
        if (options.search) query.set('search', options.search)
        const list = await server.request<Page<AuditEntry>>('GET', `/api/v1/audit/?${query}`)
        show(list, options.json, () =>
          table(list.results, {
            at: (row: AuditEntry) => row.at,
            who: (row: AuditEntry) => row.actor.email ?? row.actor.kind,
            from: (row: AuditEntry) => row.source_ip,
            did: (row: AuditEntry) => row.action,
            to: (row: AuditEntry) => row.target && nameOf(row.target),
            detail: (row: AuditEntry) => (Object.keys(row.detail).length > 0 ? JSON.stringify(row.detail) : null),
          }),
        )
      })
    })
}

function nameOf({ kind, id, name, is_deleted: isDeleted }: NonNullable<AuditEntry['target']>): string {
  return `${isDeleted ? 'deleted ' : ''}${kind} ${id}${name === null ? '' : ` (${name})`}`
}
