import { Anchor, Card, Group, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type FreshnessSummary, useFreshnessSummary } from '../../api/freshness.ts'
import { useFormats } from '../../format.ts'
import { useHref, useScope } from '../../layout/scope.ts'

/** How many sampled answers of all stores were right, and the stores with wrong ones. */
export function FreshnessPanel() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const summary = useFreshnessSummary(scope)
  if (!summary.data) return null
  return (
    <Card component="section">
      <Title order={2} size="h4" mb="sm">
        {t('freshness.overview.title')}
      </Title>
      <Summary found={summary.data} />
    </Card>
  )
}

function Summary({ found }: { found: FreshnessSummary }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const href = useHref()
  const { percent, sampled, days, wrong_now: wrongNow, silent_stores: silent, worst } = found
  return (
    <Stack gap="xs">
      <Text>
        {percent === null
          ? t('freshness.overview.none')
          : t('freshness.overview.text', { percent: number(percent), sampled: number(sampled), days: number(days) })}
      </Text>
      {wrongNow > 0 && <Text size="sm">{t('freshness.overview.wrongNow', { count: wrongNow })}</Text>}
      {worst.map((store) => (
        <Group key={store.id} justify="space-between">
          <Anchor component={Link} size="sm" href={href(`/stores/${store.id}`)}>
            <bdi>{store.name}</bdi>
          </Anchor>
          <Text size="sm">{t('freshness.overview.worst', { count: store.wrong_now })}</Text>
        </Group>
      ))}
      {silent > 0 && (
        <Text size="sm" c="dimmed">
          {t('freshness.overview.silent', { count: silent })}
        </Text>
      )}
    </Stack>
  )
}
