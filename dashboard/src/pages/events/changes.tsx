import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ShopEventDetail } from '../../api/events.ts'
import { Table } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import { Sizes } from '../../components/text/shop-text.tsx'
import { type ChangedVariant, useChangedValues } from './changed-values.ts'
import classes from './event-page.module.css'

type Change = NonNullable<ShopEventDetail['changes']>[number]

/** The fields of a product that an applied update changed. */
export function Changes({ event }: { event: ShopEventDetail }) {
  const { t } = useTranslation()
  const { fieldName, linesOf } = useChangedValues()
  const { changes, status, outcome } = event
  if (status !== 'processed' || outcome === 'created' || outcome === 'deleted') return null
  return (
    <Section title={t('events.detail.changes')}>
      {changes === null || changes.length === 0 ? (
        <Text c="dimmed">{t(changes === null ? 'events.detail.changesUnknown' : 'events.detail.changesNone')}</Text>
      ) : (
        <Table<Change>
          isEven
          label={t('events.detail.changes')}
          rows={changes.map(withoutEqualVariants)}
          rowKey={(change) => change.field}
          columns={[
            {
              key: 'field',
              header: t('events.detail.field'),
              isTitle: true,
              cell: (change) => fieldName(change.field),
            },
            {
              key: 'before',
              header: t('events.detail.before'),
              cell: (change) => <Lines lines={linesOf(change.field, change.before)} isOld />,
            },
            {
              key: 'after',
              header: t('events.detail.after'),
              cell: (change) => <Lines lines={linesOf(change.field, change.after)} />,
            },
          ]}
        />
      )}
    </Section>
  )
}

/** Of the variants only those that differ. */
function withoutEqualVariants(change: Change): Change {
  if (change.field !== 'variants' || !Array.isArray(change.before) || !Array.isArray(change.after)) return change
  const [before, after] = [change.before as ChangedVariant[], change.after as ChangedVariant[]]
  const [old, now] = [before, after].map((variants) => new Set(variants.map((variant) => JSON.stringify(variant))))
  return {
    ...change,
    before: before.filter((variant) => !now?.has(JSON.stringify(variant))),
    after: after.filter((variant) => !old?.has(JSON.stringify(variant))),
  }
}

/** A value in lines. It stays at the begin of its column, in whatever direction its own letters run. */
function Lines({ lines, isOld = false }: { lines: { text: string; isLtr?: boolean }[]; isOld?: boolean }) {
  const { t } = useTranslation()
  if (lines.length === 0) return <Text c="dimmed">{t('events.detail.empty')}</Text>
  return (
    <div className={`${classes.value} ${isOld ? classes.before : ''}`}>
      {lines.map(({ text, isLtr }) => (
        <div key={text}>
          <bdi className={isLtr ? 'ltr' : undefined}>
            <Sizes>{text}</Sizes>
          </bdi>
        </div>
      ))}
    </div>
  )
}
