import { Button } from '@mantine/core'
import { IconCompass } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useHref } from '../../layout/scope.ts'

export default function NotFoundPage() {
  const { t } = useTranslation()
  const href = useHref()
  return (
    <>
      <PageHeader title={t('common.notFound.title')} />
      <EmptyState icon={IconCompass} text={t('common.notFound.text')}>
        <Button component={Link} href={href('/')}>
          {t('common.notFound.home')}
        </Button>
      </EmptyState>
    </>
  )
}
