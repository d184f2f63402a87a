import { Button, Group, Select } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'wouter'
import { type AuditEntry, useAudit } from '../../api/audit.ts'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import type { Words } from '../../languages/fa.ts'
import { useScope } from '../../layout/scope.ts'
import { Details } from './details.tsx'

type Actions = Words['audit']['actions']

/** Days back from now; the start of the hour, so that one address asks one question for a while. */
const SPANS = { day: 1, week: 7, month: 30, quarter: 90 } as const
type Span = keyof typeof SPANS

function beginOf(span: Span): string {
  const begin = new Date(Date.now() - SPANS[span] * 86_400_000)
  begin.setMinutes(0, 0, 0)
  return begin.toISOString()
}

/** The audit log. The filters are in the address, so that a link shows the same entries. */
export default function AuditPage() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const { numeral } = useFormats()
  const [search, setSearch] = useSearchParams()
  const actions = useActionNames()
  const action = search.get('action')
  const asked = search.get('span') ?? ''
  const span = asked in SPANS ? (asked as Span) : null
  const list = useAudit({
    ...scope,
    action,
    since: span && beginOf(span),
  })
  const filter = (name: 'action' | 'span', value: string | null) =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now)
        if (value) next.set(name, value)
        else next.delete(name)
        return next
      },
      { replace: true },
    )
  /** Users have long ids, which differ in their beginning; all other ids are numbers. */
  const shortId = ({ kind, id }: NonNullable<AuditEntry['target']>) => (kind === 'user' ? id.slice(0, 8) : numeral(id))
  const columns: Column<AuditEntry>[] = [
    {
      key: 'action',
      header: t('audit.action'),
      isTitle: true,
      cell: (entry) => actions.get(entry.action) ?? <code>{entry.action}</code>,
    },
    { key: 'when', header: t('audit.when'), cell: (entry) => <When at={entry.at} /> },
    {
      key: 'actor',
      header: t('audit.actor'),
      cell: (entry) => (entry.actor.email ? <bdi>{entry.actor.email}</bdi> : t(`audit.actors.${entry.actor.kind}`)),
    },
    {
      key: 'target',
      header: t('audit.target'),
      cell: (entry) =>
        entry.target ? t(`audit.targets.${entry.target.kind}`, { id: shortId(entry.target) }) : t('common.none'),
    },
    { key: 'detail', header: t('audit.detail'), cell: (entry) => <Details detail={entry.detail} /> },
    {
      key: 'address',
      header: t('audit.address'),
      cell: (entry) => <span className="ltr">{entry.source_ip ?? t('common.none')}</span>,
    },
  ]
  return (
    <>
      <PageHeader title={t('shell.pages.audit')} lead={t('audit.lead')} />
      <Group mb="md" align="flex-end">
        <Select
          label={t('audit.action')}
          placeholder={t('audit.allActions')}
          data={[...actions].map(([value, label]) => ({ value, label }))}
          value={action}
          onChange={(value) => filter('action', value)}
          searchable
          clearable
          w={{ base: '100%', sm: 260 }}
        />
        <Select
          label={t('audit.when')}
          placeholder={t('audit.ever')}
          data={(Object.keys(SPANS) as Span[]).map((value) => ({ value, label: t(`audit.spans.${value}`) }))}
          value={span}
          onChange={(value) => filter('span', value)}
          clearable
          w={{ base: '100%', sm: 200 }}
        />
      </Group>
      <ListTable
        label={t('shell.pages.audit')}
        list={list}
        columns={columns}
        rowKey={(entry) => entry.id}
        empty={
          <EmptyState icon={IconHistory} title={t('audit.empty.title')} text={t('audit.empty.text')}>
            {(action || span) && (
              <Button variant="default" onClick={() => setSearch(new URLSearchParams({ ...scope }))}>
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
