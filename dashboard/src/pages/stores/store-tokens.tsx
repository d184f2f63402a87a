import { Button, Group, Title } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'wouter'
import { TokenPanel } from '../tokens/token-panel.tsx'

/** The tokens of one store. */
export function StoreTokens({ id }: { id: number }) {
  const { t } = useTranslation()
  const [isMaking, setMaking] = useState(false)
  const [search] = useSearchParams()
  const button = (
    <Button size="xs" leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      {t('tokens.make')}
    </Button>
  )
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Group gap="xs">
          <IconKey size={20} stroke={1.7} aria-hidden />
          <Title order={2} size="h4">
            {t('stores.detail.tokens')}
          </Title>
        </Group>
        {button}
      </Group>
      <TokenPanel
        filter={{ store_id: id }}
        confirmSiteOf={Number(search.get('confirm_site'))}
        isMaking={isMaking}
        onMakingEnd={() => setMaking(false)}
        emptyAction={null}
      />
    </section>
  )
}
