import { Anchor, Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { QuestionGroup } from '../../api/questions.ts'
import { type Column, Table } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import { useHref, useScope } from '../../layout/scope.ts'
import { SynonymDialog } from '../synonyms/synonym-dialog.tsx'
import { ProductHelp } from './product-help.tsx'
import classes from './questions.module.css'

/** The longest word or phrase that a group of synonyms takes. */
const MAX_SYNONYM = 60

/** Questions whose last answer was none, with the two things that an owner can do about them. */
export function UnansweredQuestions({ groups, isOneTenant }: { groups: QuestionGroup[]; isOneTenant: boolean }) {
  const { t } = useTranslation()
  const { scope } = useScope()
  const shared = useSharedColumns()
  const [dialog, setDialog] = useState<{ kind: 'synonym' | 'product'; group: QuestionGroup } | null>(null)
  const close = () => setDialog(null)
  const columns: Column<QuestionGroup>[] = [
    shared.query,
    shared.times,
    {
      key: 'unknown',
      header: t('questions.columns.unknown'),
      cell: ({ unknown }) => <bdi>{unknown.length > 0 ? unknown.join(t('common.comma')) : t('common.none')}</bdi>,
    },
    shared.last,
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (group) => (
        <Group gap="xs" justify="flex-end">
          {isOneTenant && (
            <Button size="compact-sm" variant="light" onClick={() => setDialog({ kind: 'synonym', group })}>
              {t('questions.addSynonym')}
            </Button>
          )}
          <Button size="compact-sm" variant="default" onClick={() => setDialog({ kind: 'product', group })}>
            {t('questions.addProduct')}
          </Button>
        </Group>
      ),
    },
  ]
  return (
    <Section title={t('questions.missing.title')} hint={t('questions.missing.hint')}>
      {!isOneTenant && (
        <Text size="sm" c="dimmed">
          {t('questions.missing.allTenants')}
        </Text>
      )}
      {groups.length === 0 ? (
        <Text>{t('questions.missing.none')}</Text>
      ) : (
        <Table
          label={t('questions.missing.title')}
          rows={groups}
          rowKey={(group) => `${group.query} ${group.last_asked_at}`}
          columns={columns}
        />
      )}
      {dialog?.kind === 'synonym' && (
        <SynonymDialog synonym={null} suggested={suggestedWords(dialog.group)} userId={scope.user_id} onClose={close} />
      )}
      {dialog?.kind === 'product' && <ProductHelp query={dialog.group.query} onClose={close} />}
    </Section>
  )
}

/** The words that the shop does not have; without any, the question itself if it is short. */
function suggestedWords({ unknown, query }: QuestionGroup): string[] {
  if (unknown.length > 0) return [unknown.join(' ').slice(0, MAX_SYNONYM)]
  return query.length <= MAX_SYNONYM ? [query] : []
}

export function FrequentQuestions({ groups }: { groups: QuestionGroup[] }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const shared = useSharedColumns()
  const figure = (key: 'unanswered' | 'clicks' | 'conversions'): Column<QuestionGroup> => ({
    key,
    header: t(`questions.columns.${key}`),
    cell: (group) => number(group[key]),
  })
  return (
    <Section title={t('questions.top.title')} hint={t('questions.top.hint')}>
      <Table
        label={t('questions.top.title')}
        rows={groups}
        rowKey={(group) => `${group.query} ${group.last_asked_at}`}
        columns={[
          shared.query,
          shared.times,
          figure('unanswered'),
          figure('clicks'),
          figure('conversions'),
          shared.last,
        ]}
      />
    </Section>
  )
}

function useSharedColumns() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const href = useHref()
  const query: Column<QuestionGroup> = {
    key: 'query',
    header: t('questions.columns.query'),
    isTitle: true,
    cell: (group) => (
      <Anchor
        component={Link}
        href={href(`/search?q=${encodeURIComponent(group.query)}`)}
        c="var(--mantine-color-text)"
        className={classes.query}
        title={t('questions.tryIt')}
      >
        <bdi>{group.query}</bdi>
      </Anchor>
    ),
  }
  const times: Column<QuestionGroup> = {
    key: 'times',
    header: t('questions.columns.times'),
    cell: (group) => number(group.questions),
  }
  const last: Column<QuestionGroup> = {
    key: 'last',
    header: t('questions.columns.last'),
    cell: (group) => <When at={group.last_asked_at} />,
  }
  return { query, times, last }
}
