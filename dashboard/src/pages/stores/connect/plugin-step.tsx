import { Alert, Button, Group, List, Loader, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { CopyField } from '../../../components/copy-field.tsx'
import { reachOf } from './local-address.ts'
import classes from './plugin-step.module.css'
import { StepTitle } from './step-title.tsx'

/** The plugin, where it goes, and waiting for it to call. `token` is at hand only where it was just made. */
export function PluginStep({ token }: { token: string | null }) {
  const { t } = useTranslation()
  const reach = reachOf(window.location.hostname)
  return (
    <Stack gap="lg">
      <StepTitle>{t('stores.pluginStep.title')}</StepTitle>
      <List type="ordered" spacing="lg" className={classes.list}>
        <List.Item>
          <Stack gap="xs" align="flex-start">
            <Text>{t('stores.pluginStep.one')}</Text>
            <Button
              component="a"
              href="/downloads/fiko-woocommerce-sync.zip"
              download
              leftSection={<IconDownload size={18} />}
            >
              {t('stores.pluginStep.download')}
            </Button>
          </Stack>
        </List.Item>
        <List.Item>{t('stores.pluginStep.two')}</List.Item>
        <List.Item>
          <Stack gap="sm">
            <Text>{t('stores.pluginStep.three')}</Text>
            <CopyField label={t('stores.pluginStep.address')} value={window.location.origin} />
            {reach && (
              <Alert color="yellow" icon={<IconAlertTriangle size={20} />}>
                <Text size="sm" c="var(--mantine-color-text)">
                  {t(`stores.pluginStep.unreachable.${reach}`)}
                </Text>
              </Alert>
            )}
            {token && <CopyField label={t('stores.pluginStep.tokenAgain')} value={token} />}
          </Stack>
        </List.Item>
      </List>
      <Group className={classes.waiting} wrap="nowrap" role="status">
        <Loader size="sm" />
        <div>
          <Text fw={600}>{t('stores.pluginStep.waiting')}</Text>
          <Text size="sm" c="dimmed">
            {t('stores.pluginStep.waitingHint')}
          </Text>
        </div>
      </Group>
    </Stack>
  )
}
