import { Stack } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/session.ts'
import { LinesSkeleton } from '../../components/notices/skeletons.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Budget, Savings } from './budget.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { Profiles } from './profiles.tsx'
import { ServerSettings } from './server-settings.tsx'

/** Of admins only, with fields that no other page has. */
const ModelChoice = lazy(async () => ({ default: (await import('./model-choice.tsx')).ModelChoice }))

/** Below the first screen, and of admins only. */
const ChangeableSettings = lazy(async () => ({
  default: (await import('./changeable-settings.tsx')).ChangeableSettings,
}))
const Backups = lazy(() => import('./backups.tsx'))

/** The embedding models, their budget and savings; for admins the choice of the model, the diagnosis and the server's settings. */
export default function SettingsPage() {
  const { t } = useTranslation()
  const { role } = useMe()
  return (
    <>
      <PageHeader title={t('shell.pages.settings')} lead={t('settings.lead')} />
      <Stack gap="lg">
        <Profiles />
        {role === 'admin' && (
          <Suspense fallback={<LinesSkeleton />}>
            <ModelChoice />
          </Suspense>
        )}
        <Budget />
        <Savings />
        {role === 'admin' && (
          <>
            <Diagnosis />
            <Suspense fallback={<LinesSkeleton />}>
              <ChangeableSettings />
            </Suspense>
            <ServerSettings />
            <Suspense fallback={<LinesSkeleton />}>
              <Backups />
            </Suspense>
          </>
        )}
      </Stack>
    </>
  )
}
