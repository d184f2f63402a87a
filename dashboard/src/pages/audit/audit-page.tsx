import { Button } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { type AuditEntry, useAudit } from '../../api/audit.ts'
import { csvAddress } from '../../api/lists.ts'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { useFilters } from '../../components/lists/use-filters.ts'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { When } from '../../components/text/when.tsx'
import type { Words } from '../../languages/fa.ts'
import { useScope } from '../../layout/scope.ts'
import { AuditFilters, FILTERS, queryOf } from './audit-filters.tsx'
import { Details } from './details.tsx'
import { AuditActor, AuditTarget } from './target.tsx'
import './words.ts'

type Actions = Words['audit']['actions']

/** The audit log. The filters are in the address, so that a link shows the same entries. */
export default function AuditPage() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const actions = useActionNames()
  const { filters, setFilters, isFiltered } = useFilters(FILTERS)
  const query = { ...scope, ...queryOf(filters, actions.keys()) }
  const list = useAudit(query)
  const columns: Column<AuditEntry>[] = [
    {
      key: 'action',
      header: t('audit.action'),
      isTitle: true,
      cell: (entry) => actions.get(entry.action) ?? <code>{entry.action}</code>,
    },
    { key: 'when', header: t('audit.when'), cell: (entry) => <When at={entry.at} /> },
    { key: 'actor', header: t('audit.actor'), cell: (entry) => <AuditActor {...entry} /> },
    { key: 'target', header: t('audit.target'), cell: (entry) => <AuditTarget entry={entry} /> },
    { key: 'detail', header: t('audit.detail'), cell: (entry) => <Details detail={entry.detail} /> },
    {
      key: 'address',
      header: t('audit.address'),
      cell: (entry) => <span className="ltr">{entry.source_ip ?? t('common.none')}</span>,
    },
  ]
  const clear = () => setFilters(Object.fromEntries(FILTERS.map((name) => [name, null])))
  return (
    <>
      <PageHeader title={t('shell.pages.audit')} lead={t('audit.lead')}>
        <CsvButton address={csvAddress('/api/v1/audit/', query)} />
      </PageHeader>
      <AuditFilters {...{ filters, setFilters, isFiltered, actions }} />
      <ListTable
        label={t('shell.pages.audit')}
        list={list}
        columns={columns}
        rowKey={(entry) => entry.id}
        empty={
          <EmptyState icon={IconHistory} title={t('audit.empty.title')} text={t('audit.empty.text')}>
            {isFiltered && (
              <Button variant="default" onClick={clear}>
                {t('audit.clear')}
              </Button>
            )}
          </EmptyState>
        }
      />
    </>
  )
}

/** Every action that the log knows, by its code, in the person's words. */
function useActionNames(): Map<string, string> {
  const { t } = useTranslation()
  const words = t('audit.actions', { returnObjects: true }) as Actions
  return new Map(
    Object.entries(words).flatMap(([thing, actions]) =>
      Object.entries(actions).map(([action, name]) => [`${thing}.${action}`, name] as const),
    ),
  )
}
