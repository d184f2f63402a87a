import { Alert, Anchor, Card, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { Found } from '../../api/search.ts'
import { useProductName } from '../../components/text/use-product-name.ts'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'
import { Price } from '../products/price.tsx'
import { Stock } from '../products/stock.tsx'
import classes from './search.module.css'

/** The results of a search as the AI gets them, best first. The texts of the shop are shown as data. */
export function Results({ answer, isOld }: { answer: Found; isOld: boolean }) {
  const { t } = useTranslation()
  const { duration } = useFormats()
  const best = answer.results[0]?.score ?? 1
  return (
    <Stack gap="sm">
      <Text c="dimmed" size="sm" role="status">
        {t('search.found', { count: answer.results.length })}{' '}
        {t('search.took', { time: duration(Math.max(1, answer.took_ms)) })}
      </Text>
      {answer.degraded && (
        <Alert color="yellow" icon={<IconAlertTriangle size={20} />}>
          <Text size="sm" c="var(--mantine-color-text)">
            {t('search.degraded')}
          </Text>
        </Alert>
      )}
      <ol className={classes.results} aria-busy={isOld}>
        {answer.results.map((result) => (
          <li key={result.product.id}>
            <Result result={result} best={best} />
          </li>
        ))}
      </ol>
    </Stack>
  )
}

function Result({ result, best }: { result: Found['results'][number]; best: number }) {
  const { t } = useTranslation()
  const href = useHref()
  const { exact } = useFormats()
  const nameOf = useProductName()
  const { product, chunk, score } = result
  return (
    <Card padding="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Anchor component={Link} href={href(`/products/${product.id}`)} fw={600} c="var(--mantine-color-text)">
            <bdi>{nameOf(product.name, product.external_id)}</bdi>
          </Anchor>
          <Text size="xs" c="dimmed">
            <bdi>{[product.store.name, ...product.categories.slice(0, 3)].join(' · ')}</bdi>
          </Text>
        </div>
        <div className={classes.score}>
          <span>
            {t('search.score')} <bdi>{exact(score.toFixed(4))}</bdi>
          </span>
          <meter min={0} max={best} value={score} aria-label={t('search.score')} />
        </div>
      </Group>
      <Group gap="md" my="xs">
        <Price of={product} currency={product.currency} />
        <Stock of={product} />
      </Group>
      <Text size="xs" c="dimmed">
        {t('search.text')}
      </Text>
      <p className={classes.words}>{chunk.text}</p>
    </Card>
  )
}
