import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ShopEventDetail } from '../../api/events.ts'
import { Table } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import classes from './event-page.module.css'

type Change = NonNullable<ShopEventDetail['changes']>[number]

/** The fields of a product that an applied update changed. */
export function Changes({ event }: { event: ShopEventDetail }) {
  const { t } = useTranslation()
  const { changes, status, outcome } = event
  if (status !== 'processed' || outcome === 'created' || outcome === 'deleted') return null
  return (
    <Section title={t('events.detail.changes')}>
      {changes === null || changes.length === 0 ? (
        <Text c="dimmed">{t(changes === null ? 'events.detail.changesUnknown' : 'events.detail.changesNone')}</Text>
      ) : (
        <Table<Change>
          label={t('events.detail.changes')}
          rows={changes}
          rowKey={(change) => change.field}
          columns={[
            {
              key: 'field',
              header: t('events.detail.field'),
              isTitle: true,
              cell: (change) => <code>{change.field}</code>,
            },
            {
              key: 'before',
              header: t('events.detail.before'),
              cell: (change) => <Value value={change.before} isOld />,
            },
            { key: 'after', header: t('events.detail.after'), cell: (change) => <Value value={change.after} /> },
          ]}
        />
      )}
    </Section>
  )
}

function Value({ value, isOld = false }: { value: unknown; isOld?: boolean }) {
  const { t } = useTranslation()
  const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0)
  if (isEmpty) return <Text c="dimmed">{t('events.detail.empty')}</Text>
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return (
    <span className={`${classes.value} ${isOld ? classes.before : ''}`} dir="auto">
      {text}
    </span>
  )
}
