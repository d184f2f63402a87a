import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { ThrowawayPostgres } from '../../scripts/throwaway-postgres.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import type { Fault } from './fault-plan.ts'
import type { Supervised } from './supervisor.ts'

/** Does a planned fault to processes that work on a PostgreSQL cluster of the campaign's own. */
export async function strike(
  fault: Fault,
  on: { cluster: ThrowawayPostgres; proxy: TcpProxy; processes: Supervised[]; databaseUrl: string },
): Promise<void> {
  switch (fault.kind) {
    case 'kill-api':
    case 'kill-worker': {
      const role = fault.kind === 'kill-api' ? 'api' : 'worker'
      const victims = on.processes.filter((process) => process.role === role)
      await victims[fault.which % victims.length]?.kill()
      return
    }
    case 'restart-immediate':
      return await on.cluster.restart('immediate')
    case 'restart-fast':
      return await on.cluster.restart('fast')
    case 'terminate-backends':
      return await terminateBackends(on.databaseUrl)
    case 'cut':
    case 'stall':
      if (fault.kind === 'cut') on.proxy.cut()
      else on.proxy.stall()
      await delay(fault.lastsMs)
      on.proxy.restore()
      return
    case 'kill-all-in-one':
      throw new Error('there is no process that does everything')
  }
}

async function terminateBackends(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  )
  await client.end()
}
