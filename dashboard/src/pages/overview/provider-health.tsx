import { Alert, Anchor, Group, Stack, Text } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { Overview } from '../../api/overview.ts'
import { StateBadge } from '../../components/badge.tsx'
import notice from '../../components/notices/error-notice.module.css'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'

type Provider = NonNullable<Overview['provider']>

/** That the provider fails, since when, with which words, and what to do about it. */
export function FailingProvider({ provider }: { provider: Provider }) {
  const { t } = useTranslation()
  const { duration } = useFormats()
  const href = useHref()
  const failingMs = Math.max(0, Date.now() - new Date(provider.since ?? Date.now()).getTime())
  return (
    <Alert
      color="red"
      icon={<IconPlugConnectedX size={20} />}
      title={t('overview.provider.failing', { time: duration(failingMs) })}
      classNames={{ root: notice.notice, title: notice.title, icon: notice.title, message: notice.message }}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm" className="ltr" component="q" lang="en">
          {provider.last_error}
        </Text>
        <Text size="sm">{t('overview.provider.advice')}</Text>
        <Anchor component={Link} href={href('/settings')} size="sm" fw={600} c="inherit" underline="always">
          {t('overview.provider.settings')}
        </Anchor>
      </Stack>
    </Alert>
  )
}

/** That the provider answers, or when it did last. */
export function CalmProvider({ provider }: { provider: Provider }) {
  const { t } = useTranslation()
  const { relative } = useFormats()
  const isIdle = provider.state === 'idle'
  const last = provider.last_success_at
  return (
    <Group gap="xs" mt="sm">
      <StateBadge tone={isIdle ? 'neutral' : 'good'}>{t(`overview.provider.${isIdle ? 'idle' : 'ok'}`)}</StateBadge>
      <Text size="sm" c="dimmed">
        {last === null
          ? t('overview.provider.never')
          : t(`overview.provider.${isIdle ? 'idleSince' : 'lastAnswer'}`, { when: relative(last) })}
      </Text>
    </Group>
  )
}
