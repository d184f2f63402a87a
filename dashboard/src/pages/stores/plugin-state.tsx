import { Alert, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Plugin } from '../../api/stores.ts'
import { StateBadge } from '../../components/badge.tsx'

/** The last report of the shop's plugin. It is a warning if the owner has to act, and one line otherwise. */
export function PluginNotice({ plugin }: { plugin: Plugin }) {
  const { t } = useTranslation()
  if (!plugin.needs_owner) {
    return (
      <Text size="sm" c="dimmed">
        {plugin.message}
      </Text>
    )
  }
  return (
    <Alert color="yellow" icon={<IconAlertTriangle size={20} />}>
      <Text size="sm" fw={600} c="var(--mantine-color-text)">
        {t('stores.plugin.needsOwner')}
      </Text>
      <Text size="sm" c="var(--mantine-color-text)">
        {plugin.message}
      </Text>
    </Alert>
  )
}

/** The same in a line of the list of stores. */
export function PluginCell({ plugin }: { plugin: Plugin | null }) {
  const { t } = useTranslation()
  return (
    <div>
      {plugin?.needs_owner && <StateBadge tone="warning">{t('stores.plugin.needsOwner')}</StateBadge>}
      <Text size="xs" c="dimmed" maw={320}>
        {plugin?.message ?? t('stores.plugin.none')}
      </Text>
    </div>
  )
}
