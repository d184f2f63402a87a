import { Skeleton, Stack } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { ChangePassword } from './change-password.tsx'
import { OwnData } from './own-data.tsx'
import { OwnDetails } from './own-details.tsx'
import './words.ts'

const TwoFactor = lazy(() => import('./two-factor.tsx'))

/** The user's own account: details, password, second factor and stored data. */
export default function AccountPage() {
  const { t } = useTranslation()
  return (
    <>
      <PageHeader title={t('shell.pages.account')} lead={t('account.lead')} />
      <Stack gap="lg">
        <OwnDetails />
        <ChangePassword />
        <Suspense fallback={<Skeleton height="9rem" radius="lg" />}>
          <TwoFactor />
        </Suspense>
        <OwnData />
      </Stack>
    </>
  )
}
