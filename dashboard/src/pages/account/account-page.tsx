import { Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { ChangePassword } from './change-password.tsx'
import { OwnData } from './own-data.tsx'
import { OwnDetails } from './own-details.tsx'

/** The user's own account: details, password and stored data. */
export default function AccountPage() {
  const { t } = useTranslation()
  return (
    <>
      <PageHeader title={t('shell.pages.account')} lead={t('account.lead')} />
      <Stack gap="lg">
        <OwnDetails />
        <ChangePassword />
        <OwnData />
      </Stack>
    </>
  )
}
