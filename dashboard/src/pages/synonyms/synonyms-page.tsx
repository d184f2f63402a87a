import { Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { RulePanel } from './rule-panel.tsx'
import { SynonymPanel } from './synonym-panel.tsx'
import './words.ts'

/** A tenant's own words for search, and the products that it pins to a search or hides. */
export default function SynonymsPage() {
  const { t } = useTranslation()
  return (
    <>
      <PageHeader title={t('shell.pages.synonyms')} lead={t('synonyms.lead')} />
      <Stack gap="xl">
        <SynonymPanel />
        <RulePanel />
      </Stack>
    </>
  )
}
