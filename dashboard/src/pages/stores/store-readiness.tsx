import { Anchor, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { useStoreReadiness } from '../../api/stores.ts'
import { Answered } from '../../components/notices/answered.tsx'
import { ReadinessScore } from '../../components/readiness.tsx'
import { Section } from '../../components/section.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'

/** The average readiness of a store's products, and what they lack with links to them. */
export function StoreReadiness({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const href = useHref()
  const readiness = useStoreReadiness(storeId)
  return (
    <Section
      title={t('products.readiness.title')}
      hint={t('stores.readiness.hint')}
      aside={readiness.data && <ReadinessScore score={readiness.data.average} />}
    >
      <Answered query={readiness}>
        {({ products, scored, complete, missing }) => (
          <Stack gap="xs">
            <Text size="sm">
              {products === 0
                ? t('stores.readiness.none')
                : t('stores.readiness.complete', { complete: number(complete), products: number(products) })}
            </Text>
            {scored < products && (
              <Text size="sm" c="dimmed">
                {t('stores.readiness.pending', { count: products - scored })}
              </Text>
            )}
            {missing.map((each) => (
              <Group key={each.code} justify="space-between">
                <Text size="sm">{t(`products.readiness.lacks.${each.code}`)}</Text>
                <Anchor
                  component={Link}
                  size="sm"
                  href={href(`/products?store_id=${storeId}&is_active=true&missing=${each.code}`)}
                  aria-label={t('stores.readiness.fixLabel', {
                    count: each.products,
                    lack: t(`products.readiness.lacks.${each.code}`),
                  })}
                >
                  {t('stores.readiness.fix', { count: each.products })}
                </Anchor>
              </Group>
            ))}
          </Stack>
        )}
      </Answered>
    </Section>
  )
}
