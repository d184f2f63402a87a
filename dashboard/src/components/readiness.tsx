import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Product } from '../api/products.ts'
import { useFormats } from '../format.ts'
import { StateBadge, type Tone } from './badge.tsx'
import { Section } from './section.tsx'

function toneOf(score: number): Tone {
  if (score >= 80) return 'good'
  return score >= 50 ? 'warning' : 'bad'
}

/** The score of a product or the average of a store, 0 to 100; a dash while it is not known. */
export function ReadinessScore({ score }: { score: number | null }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  if (score === null) return <>{t('common.none')}</>
  return <StateBadge tone={toneOf(score)}>{t('products.readiness.score', { score: number(score) })}</StateBadge>
}

/** The lacks of a product, each with the step that mends it. */
export function Readiness({ product }: { product: Pick<Product, 'readiness' | 'readiness_missing'> }) {
  const { t } = useTranslation()
  const missing = product.readiness_missing ?? []
  return (
    <Section
      title={t('products.readiness.title')}
      hint={t('products.readiness.hint')}
      aside={<ReadinessScore score={product.readiness} />}
    >
      {product.readiness === null ? (
        <Text c="dimmed">{t('products.readiness.unknown')}</Text>
      ) : missing.length === 0 ? (
        <Text>{t('products.readiness.complete')}</Text>
      ) : (
        <ul>
          {missing.map((lack) => (
            <li key={lack}>
              <Text size="sm">
                <strong>{t(`products.readiness.lacks.${lack}`)}:</strong> {t(`products.readiness.advice.${lack}`)}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
