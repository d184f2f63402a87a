import type { AuditRow } from '../../../server/src/tenants/audit.ts'
import type { Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type AuditEntry = Wire<AuditRow>

export function useAudit(query: Query) {
  return useList<AuditRow>('audit', '/api/v1/audit/', query)
}
