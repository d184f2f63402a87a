import { type SpentBudget, spentBudgets } from '../../knowledge/cost/budgets.ts'
import type { Access } from '../../platform/db/database.ts'
import type { Finding, Seen } from '../alert-kinds.ts'

/** Spent part of a monthly budget at which its owner is told the first time. */
const WARNED_SHARE = 0.8

/** Monthly budgets of which 80 % is spent (level 1), or all (level 2), and paused ones (level 2). */
export async function seeBudgets(sql: Access, now = new Date()): Promise<Seen> {
  const spent = await spentBudgets(sql, WARNED_SHARE)
  return { findings: spent.map((budget) => budgetFinding(budget, now)), kinds: ['budget'], covers: () => true }
}

/** The finding about a budget. Pure. */
export function budgetFinding(
  { tenantId, unit, amount, spent, share, month, pausedSince, pausedReason }: SpentBudget,
  now: Date,
): Finding {
  return {
    tenantId,
    storeId: null,
    kind: 'budget',
    groupKey: month,
    level: share >= 1 || pausedSince !== null ? 2 : 1,
    count: 1,
    facts: { unit, amount, spent, percent: Math.floor(100 * share), reason: pausedReason },
    since: pausedSince ?? now,
  }
}
