import type { Localised } from '../platform/i18n.ts'

/**
 * The kinds of alerts. `scopes`: about a tenant (for its owner), about the installation (for all admins), or both. `isUrgent`: a new
 * channel sends this kind in quiet hours as well. `name`: shown where kinds are chosen.
 */
export const ALERT_KINDS = {
  failed_events: {
    scopes: ['tenant', 'installation'],
    isUrgent: false,
    name: { en: 'Failed events', fa: 'رویدادهای ناموفق' },
  },
  quiet_store: { scopes: ['tenant'], isUrgent: false, name: { en: 'Quiet store', fa: 'فروشگاه بی‌خبر' } },
  drift: { scopes: ['tenant'], isUrgent: false, name: { en: 'Drift', fa: 'ناهمخوانی' } },
  budget: { scopes: ['tenant'], isUrgent: false, name: { en: 'Embedding budget', fa: 'بودجهٔ بردار معنایی' } },
  channel_paused: { scopes: ['tenant'], isUrgent: false, name: { en: 'Paused channel', fa: 'کانال متوقف‌شده' } },
  provider_down: {
    scopes: ['installation'],
    isUrgent: true,
    name: { en: 'Embedding provider does not answer', fa: 'قطع سرویس بردار معنایی' },
  },
  work_stalled: { scopes: ['installation'], isUrgent: true, name: { en: 'Work stands still', fa: 'توقف پردازش' } },
  disk_low: { scopes: ['installation'], isUrgent: true, name: { en: 'Disk nearly full', fa: 'کمبود جای دیسک' } },
  maintenance_late: {
    scopes: ['installation'],
    isUrgent: false,
    name: { en: 'Maintenance overdue', fa: 'عقب‌افتادن نگهداری روزانه' },
  },
  backup_failed: {
    scopes: ['installation'],
    isUrgent: false,
    name: { en: 'Backup failed', fa: 'شکست پشتیبان‌گیری' },
  },
} as const satisfies Record<
  string,
  { scopes: readonly ('tenant' | 'installation')[]; isUrgent: boolean; name: Localised }
>

export type AlertKind = keyof typeof ALERT_KINDS
export const KIND_NAMES = Object.keys(ALERT_KINDS) as AlertKind[]

/** Values of an alert's sentences: texts, numbers and times as stored in JSON. Never a secret. */
export type Facts = Record<string, string | number | null>

/** A problem as a source sees it now. */
export interface Finding {
  /** null: the installation. */
  tenantId: number | null
  storeId: number | null
  kind: AlertKind
  /** Tells the findings of one kind apart. */
  groupKey: string
  level: 1 | 2
  /** Number of things with this problem, at least 1. */
  count: number
  facts: Facts
  /** Begin of the problem, as far as it is known. */
  since: Date
}

/** What a source saw. Open alerts that `covers` accepts and that have no finding are over. */
export interface Seen {
  findings: Finding[]
  kinds: readonly AlertKind[]
  /** False: the source did not look at this group, so its alert stays open. */
  covers: (alert: { kind: AlertKind; groupKey: string; scope: 'tenant' | 'installation' }) => boolean
}
