import { Anchor, Button, Code, Text } from '@mantine/core'
import { IconMoodCheck, IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type DeadLetter, useDeadLetters, useReplayText } from '../../api/dead-letters.ts'
import { StateBadge } from '../../components/badge.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { say } from '../../components/text/say.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { useHref, useScope } from '../../layout/scope.ts'
import { ReplayManyDialog, ReplayOneDialog } from '../events/replay-dialog.tsx'
import classes from './dead-letters.module.css'

/** Work that was given up, why, and doing it again. */
export default function DeadLettersPage() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const href = useHref()
  const nameOf = useProductName()
  const list = useDeadLetters(scope)
  const [replaying, setReplaying] = useState<DeadLetter | 'all' | null>(null)
  const close = () => setReplaying(null)
  const columns: Column<DeadLetter>[] = [
    {
      key: 'product',
      header: t('deadLetters.columns.product'),
      isTitle: true,
      cell: (letter) => {
        const to = letter.kind === 'event' ? `/events/${letter.id}` : `/products/${letter.product?.id}`
        return (
          <div>
            <Anchor component={Link} href={href(to)} fw={600} c="var(--mantine-color-text)" lineClamp={2}>
              <bdi>{nameOf(letter.product?.name, letter.external_id)}</bdi>
            </Anchor>
            <Text size="xs" c="dimmed">
              <bdi>{letter.store.name}</bdi>
            </Text>
          </div>
        )
      },
    },
    {
      key: 'kind',
      header: t('deadLetters.columns.kind'),
      cell: (letter) => <StateBadge tone="bad">{t(`deadLetters.kinds.${letter.kind}`)}</StateBadge>,
    },
    {
      key: 'why',
      header: t('deadLetters.columns.why'),
      cell: (letter) => (
        <Text size="sm" maw="28rem" lineClamp={3} dir="auto">
          {letter.reason}
        </Text>
      ),
    },
    { key: 'failed', header: t('deadLetters.columns.failed'), cell: (letter) => <When at={letter.failed_at} /> },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (letter) => (
        <Button size="xs" variant="light" onClick={() => setReplaying(letter)}>
          {t(letter.kind === 'event' ? 'deadLetters.replay' : 'deadLetters.textButton')}
          <span className="visually-hidden">: {nameOf(letter.product?.name, letter.external_id)}</span>
        </Button>
      ),
    },
  ]
  const hasEvents = list.data?.results.some((letter) => letter.kind === 'event') ?? false
  return (
    <>
      <PageHeader title={t('shell.pages.deadLetters')} lead={t('deadLetters.lead')}>
        {hasEvents && (
          <Button leftSection={<IconRefresh size={17} />} onClick={() => setReplaying('all')}>
            {t('deadLetters.replayAll')}
          </Button>
        )}
      </PageHeader>
      <ListTable
        label={t('shell.pages.deadLetters')}
        list={list}
        columns={columns}
        rowKey={(letter) => `${letter.kind} ${letter.id}`}
        empty={
          <EmptyState icon={IconMoodCheck} title={t('deadLetters.empty.title')} text={t('deadLetters.empty.text')} />
        }
      />
      {replaying === 'all' && <ReplayManyDialog filter={scope} onClose={close} />}
      {replaying !== null && replaying !== 'all' && replaying.kind === 'event' && (
        <ReplayOneDialog id={replaying.id} onClose={close} />
      )}
      {replaying !== null && replaying !== 'all' && replaying.kind === 'embedding' && (
        <ReplayTextDialog letter={replaying} onClose={close} />
      )}
    </>
  )
}

function ReplayTextDialog({ letter, onClose }: { letter: DeadLetter; onClose: () => void }) {
  const { t } = useTranslation()
  const replay = useReplayText()
  const confirm = () =>
    replay.mutate(letter.id, {
      onSuccess: () => {
        say(t('deadLetters.textDone'))
        onClose()
      },
    })
  return (
    <ConfirmDialog
      title={t('deadLetters.textTitle')}
      button={t('deadLetters.textButton')}
      isPending={replay.isPending}
      error={replay.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Text>{t('deadLetters.text')}</Text>
      {letter.text && (
        <Code block dir="auto" aria-label={t('deadLetters.textOf')} className={classes.text}>
          {letter.text}
        </Code>
      )}
    </ConfirmDialog>
  )
}
