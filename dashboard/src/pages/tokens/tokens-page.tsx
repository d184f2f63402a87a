import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { csvAddress } from '../../api/lists.ts'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useScope } from '../../layout/scope.ts'
import { TokenPanel } from './token-panel.tsx'

/** Every token of the tenant, what it is used for, and what can be done with it. */
export default function TokensPage() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const [isMaking, setMaking] = useState(false)
  const makeButton = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setMaking(true)}>
      {t('tokens.make')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('shell.pages.tokens')} lead={t('tokens.lead')}>
        <CsvButton address={csvAddress('/api/v1/integrations/tokens/', scope)} />
        {makeButton}
      </PageHeader>
      <TokenPanel filter={scope} isMaking={isMaking} onMakingEnd={() => setMaking(false)} emptyAction={makeButton} />
    </>
  )
}
