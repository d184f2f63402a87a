import { Button, Group, Stack } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/session.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { Budget, Savings } from './budget.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { ModelChoice } from './model-choice.tsx'
import { Profiles } from './profiles.tsx'
import { ServerSettings } from './server-settings.tsx'

/** The embedding models, their budget and savings; for admins the choice of the model, the diagnosis and the server's settings. */
export default function SettingsPage() {
  const { t } = useTranslation()
  const { role } = useMe()
  return (
    <>
      <PageHeader title={t('shell.pages.settings')} lead={t('settings.lead')} />
      <Stack gap="lg">
        <Profiles />
        {role === 'admin' && <ModelChoice />}
        <Budget />
        <Savings />
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
