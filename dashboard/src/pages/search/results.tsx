import { Alert, Anchor, Card, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { Found } from '../../api/search.ts'
import { useMe } from '../../api/session.ts'
import { StateBadge } from '../../components/badge.tsx'
import { ShopText, Sizes } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { WithThumbnail } from '../../components/thumbnail.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'
import { Price } from '../products/price.tsx'
import { Stock } from '../products/stock.tsx'
import { ResultMenu } from './result-menu.tsx'
import classes from './search.module.css'

interface Props {
  answer: Found
  isOld: boolean
  /** The search to pin to; null while an admin searches all tenants. */
  query: string | null
}

/** The results of a search as the AI gets them, best first. The texts of the shop are shown as data. */
export function Results({ answer, isOld, query }: Props) {
  const { t } = useTranslation()
  const { duration, exact } = useFormats()
  const { role } = useMe()
  return (
    <Stack gap="sm">
      <Text c="dimmed" size="sm" role="status">
        {t('search.found', { count: answer.results.length })}{' '}
        {role === 'admin' && t('search.took', { time: duration(Math.max(1, answer.took_ms)) })}{' '}
        {t('search.floor', { floor: exact(String(answer.floor)) })}
      </Text>
      <UnderstoodAs answer={answer} />
      {query === null && (
        <Text c="dimmed" size="sm">
          {t('search.allTenants')}
        </Text>
      )}
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
            <Result result={result} floor={answer.floor} query={query} />
          </li>
        ))}
      </ol>
    </Stack>
  )
}

/** How the question was read, and what was ignored or corrected. */
export function UnderstoodAs({ answer }: { answer: Found }) {
  const { t } = useTranslation()
  const { exact } = useFormats()
  const { understood } = answer
  const { price } = understood
  const amount = (text: string | null) => (text === null ? '…' : exact(text))
  const lines = [
    t('search.understood', { text: understood.text }),
    answer.did_you_mean !== null && t('search.didYouMean', { text: answer.did_you_mean }),
    price?.applied &&
      t('search.price', { min: amount(price.min), max: amount(price.max), currency: price.currency ?? '' }),
    understood.ignored.length > 0 && t('search.ignored', { words: understood.ignored.join(' · ') }),
    answer.emptied_by.length > 0 &&
      t('search.emptiedBy', {
        filters: answer.emptied_by.map((name) => t(`search.filterNames.${name}`)).join(' · '),
      }),
    answer.nearest_categories.length > 0 && t('search.nearest', { categories: answer.nearest_categories.join(' · ') }),
  ].filter((line) => typeof line === 'string')
  return (
    <Text c="dimmed" size="sm" component="div">
      {lines.map((line) => (
        <div key={line}>
          <bdi>{line}</bdi>
        </div>
      ))}
    </Text>
  )
}

function Result({ result, floor, query }: { result: Found['results'][number]; floor: number; query: string | null }) {
  const { t } = useTranslation()
  const href = useHref()
  const { exact } = useFormats()
  const nameOf = useProductName()
  const { product, chunk, relevance, match, matched_variants: variants, why = [] } = result
  return (
    <Card padding="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div className={classes.title}>
          <WithThumbnail image={product.image}>
            <Anchor component={Link} href={href(`/products/${product.id}`)} fw={600} c="var(--mantine-color-text)">
              <ShopText>{nameOf(product.name, product.external_id)}</ShopText>
            </Anchor>
            <Text size="xs" c="dimmed">
              <bdi>{[product.store.name, ...product.categories.slice(0, 3)].join(' · ')}</bdi>
            </Text>
          </WithThumbnail>
        </div>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <div className={classes.score}>
            <span>
              {t(`search.match.${match}`)} <bdi>{exact(relevance.toFixed(2))}</bdi>
            </span>
            <meter min={0} max={1} low={floor} value={relevance} aria-label={t('search.relevance')} />
          </div>
          {query !== null && (
            <ResultMenu result={result} name={nameOf(product.name, product.external_id)} query={query} />
          )}
        </Group>
      </Group>
      <Group gap="md" my="xs">
        <Price of={product} currency={product.currency} />
        <Stock of={product} />
        {result.pinned && <StateBadge tone="info">{t('search.isPinned')}</StateBadge>}
      </Group>
      <Reasons
        label={t('search.why')}
        of={why.map(({ word, found, by }) => t(`search.reason.${reasonOf(word, found, by)}`, { word, found }))}
      />
      <Reasons
        label={t('search.variants')}
        of={variants.map(({ attributes }) => Object.values(attributes).join(' / '))}
      />
      <Text size="xs" c="dimmed">
        {t('search.text')}
      </Text>
      <p className={classes.words}>
        <Sizes>{chunk.text}</Sizes>
      </p>
    </Card>
  )
}

function reasonOf(word: string, found: string, by: string): 'same' | 'own' | 'other' {
  if (by === 'tenant_synonym') return 'own'
  return word === found ? 'same' : 'other'
}

function Reasons({ label, of }: { label: string; of: string[] }) {
  if (of.length === 0) return null
  return (
    <Text size="xs" c="dimmed">
      {label}: <ShopText>{of.join(' · ')}</ShopText>
    </Text>
  )
}
