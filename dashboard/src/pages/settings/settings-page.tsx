import { Stack } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/session.ts'
import { LinesSkeleton } from '../../components/notices/skeletons.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { WhenNear } from '../../components/when-near.tsx'
import { Budget, Savings } from './budget.tsx'
import { ModelChoice } from './model-choice.tsx'
import { Profiles } from './profiles.tsx'
import './words.ts'

const AdminSections = lazy(() => import('./admin-sections.tsx'))

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
          <WhenNear fallback={<LinesSkeleton />}>
            <Suspense fallback={<LinesSkeleton />}>
              <AdminSections />
            </Suspense>
          </WhenNear>
        )}
      </Stack>
    </>
  )
}
