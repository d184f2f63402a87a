import { Button, Group, Stack } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/session.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { Profiles } from './profiles.tsx'
import { ServerSettings } from './server-settings.tsx'

/** The embedding models; for admins also the diagnosis and the server's settings. */
export default function SettingsPage() {
  const { t } = useTranslation()
  const { role } = useMe()
  return (
    <>
      <PageHeader title={t('shell.pages.settings')} lead={t('settings.lead')} />
      <Stack gap="lg">
        <Profiles />
        {role === 'admin' && (
          <>
            <Diagnosis />
            <ServerSettings />
            <Backup />
          </>
        )}
      </Stack>
    </>
  )
}

function Backup() {
  const { t } = useTranslation()
  return (
    <Section title={t('settings.backup.title')} hint={t('settings.backup.text')}>
      <Group>
        <Button
          component="a"
          href="/api/v1/backup/"
          download="fiko-sync-backup.ndjson.gz"
          variant="default"
          leftSection={<IconDownload size={18} />}
        >
          {t('settings.backup.button')}
        </Button>
      </Group>
    </Section>
  )
}
