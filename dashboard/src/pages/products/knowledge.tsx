import { Alert, Group, Text } from '@mantine/core'
import { IconEyeOff, IconScissors } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Chunk, ProductWithTexts } from '../../api/products.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { Section } from '../../components/section.tsx'
import { Sizes } from '../../components/text/shop-text.tsx'
import { When } from '../../components/text/when.tsx'
import classes from './knowledge.module.css'

const TONES: Record<Chunk['embedding_status'], Tone> = { stored: 'good', pending: 'info', refused: 'bad' }

/** The texts that the AI has of a product, each with the state of its vector. */
export function Knowledge({ product }: { product: ProductWithTexts }) {
  const { t } = useTranslation()
  return (
    <Section title={t('products.detail.knows')} hint={t('products.detail.knowsHint')}>
      {!product.is_active && <Notice icon={<IconEyeOff size={20} />}>{t('products.detail.knowsHidden')}</Notice>}
      {product.is_active && product.catalog_visibility === 'catalog' && (
        <Notice icon={<IconEyeOff size={20} />}>{t('products.detail.knowsCatalog')}</Notice>
      )}
      {product.texts_cut.length > 0 && (
        <Notice icon={<IconScissors size={20} />}>{t('products.detail.knowsPart')}</Notice>
      )}
      {product.chunks.length === 0 ? (
        <Text c="dimmed">{t('products.detail.knowsNone')}</Text>
      ) : (
        <ol className={classes.texts}>
          {product.chunks.map((chunk) => (
            <KnownText key={chunk.position} chunk={chunk} />
          ))}
        </ol>
      )}
    </Section>
  )
}

function Notice({ icon, children }: { icon: React.ReactNode; children: string }) {
  return (
    <Alert color="yellow" icon={icon}>
      <Text size="sm" c="var(--mantine-color-text)">
        {children}
      </Text>
    </Alert>
  )
}

function KnownText({ chunk }: { chunk: Chunk }) {
  const { t } = useTranslation()
  const { embedding_status: status, embedded_at: embeddedAt } = chunk
  return (
    <li className={classes.text}>
      <Group justify="space-between" gap="xs" mb={6}>
        <Text size="sm" fw={600}>
          {t('products.detail.chunk', { position: chunk.position + 1 })}
        </Text>
        <Group gap="xs">
          {embeddedAt && (
            <Text size="xs" c="dimmed">
              {t('products.detail.embeddedAt')} <When at={embeddedAt} />
            </Text>
          )}
          <StateBadge tone={TONES[status]}>{t(`products.detail.embedding.${status}`)}</StateBadge>
        </Group>
      </Group>
      <p className={classes.words}>
        <Sizes>{chunk.text}</Sizes>
      </p>
      {status === 'pending' && embeddedAt && (
        <Text size="xs" c="dimmed">
          {t('products.detail.oldVector')}
        </Text>
      )}
      {chunk.embedding_error && (
        <Text size="sm" c="var(--mantine-color-error)" dir="auto">
          {chunk.embedding_error}
        </Text>
      )}
    </li>
  )
}
