import { Card, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Found } from '../../api/search.ts'
import { isWebAddress, OutsideLink } from '../../components/outside-link.tsx'
import { useFormats } from '../../format.ts'
import classes from './search.module.css'

/** Passages of the shop's pages that answer the question, as the AI gets them. Their texts are shown as data. */
export function Passages({ passages }: { passages: Found['documents'] }) {
  const { t } = useTranslation()
  const { exact } = useFormats()
  if (passages.length === 0) return null
  return (
    <Stack component="section" gap="sm" mb="md" aria-labelledby="passages">
      <Title order={2} size="h5" id="passages">
        {t('search.passages')}
      </Title>
      {passages.map(({ id, title, url, kind, store, relevance, text }) => (
        <Card padding="md" key={`${id} ${text}`}>
          <Text fw={600} component="div">
            <bdi>{isWebAddress(url) ? <OutsideLink address={url}>{title}</OutsideLink> : title}</bdi>
          </Text>
          <Text size="xs" c="dimmed">
            <bdi>{store.name}</bdi> · {t(`stores.documents.kinds.${kind}`)} · {t('search.relevance')}{' '}
            <bdi>{exact(relevance.toFixed(2))}</bdi>
          </Text>
          <p className={classes.words}>{text}</p>
        </Card>
      ))}
    </Stack>
  )
}
