import { Button, Group, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconCircleCheck, IconPlugConnected, IconRefresh, IconSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { Progress } from '../../../api/stores.ts'
import { SyncBar, SyncSentence } from '../../../components/sync-sentence.tsx'
import { useHref } from '../../../layout/scope.ts'
import { StepTitle } from './step-title.tsx'

const LOOKS = {
  connected: { title: 'titleConnected', icon: IconPlugConnected },
  syncing: { title: 'titleSyncing', icon: IconRefresh },
  searchable: { title: 'titleDone', icon: IconCircleCheck },
} as const

/** The progress of a first sync, with a link to search when it is complete. */
export function SyncStep({ progress, isSettled }: { progress: Progress; isSettled: boolean }) {
  const { t } = useTranslation()
  const href = useHref()
  const { events, products, store, sync } = progress
  if (progress.first_contact_at === null) return null
  const state = events.received === 0 ? 'connected' : isSettled ? 'searchable' : 'syncing'
  const { title, icon: Icon } = LOOKS[state]
  return (
    <Stack gap="lg">
      <Group wrap="nowrap">
        <ThemeIcon size={48} radius="xl" variant="light">
          <Icon size={26} stroke={1.7} aria-hidden />
        </ThemeIcon>
        <StepTitle>{t(`stores.syncStep.${title}`)}</StepTitle>
      </Group>
      {state === 'connected' && <Text>{t('stores.syncStep.connected')}</Text>}
      {state !== 'connected' && <SyncSentence sync={sync} href={`${href(`/stores/${store.id}`)}#unfindable`} />}
      {state === 'syncing' && (
        <Stack gap={6}>
          <SyncBar sync={sync} />
          <Group justify="space-between" gap="xs">
            <Text size="sm">
              {t('stores.syncStep.searchableOf', { searchable: products.searchable, active: products.active })}
            </Text>
            <Text size="sm" c="dimmed">
              {t('stores.syncStep.received', { count: events.received })}
              {events.open > 0 && <> · {t('stores.syncStep.open', { count: events.open })}</>}
            </Text>
          </Group>
        </Stack>
      )}
      <div aria-live="polite">
        {isSettled && (
          <Stack gap={4}>
            <Text size="lg" fw={640}>
              {t('stores.syncStep.done', { count: products.searchable })}
            </Text>
            <Text c="dimmed">{t('stores.syncStep.doneHint')}</Text>
          </Stack>
        )}
      </div>
      <Group justify="flex-end">
        <Button component={Link} href={href(`/stores/${store.id}`)} variant="default" size="md">
          {t('stores.syncStep.toStore')}
        </Button>
        {isSettled && (
          <Button
            component={Link}
            href={href(`/search?store_id=${store.id}`)}
            size="md"
            leftSection={<IconSearch size={18} />}
          >
            {t('stores.syncStep.search')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}
