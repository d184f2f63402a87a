import { Group, Stack, Text } from '@mantine/core'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import {
  type ShopFacts,
  type StoreDocument,
  type StoreDocuments as StoreDocumentsAnswer,
  useStoreDocuments,
} from '../../api/documents.ts'
import { csvAddress } from '../../api/lists.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { Facts } from '../../components/facts.tsx'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { isWebAddress, OutsideLink } from '../../components/outside-link.tsx'
import { Section } from '../../components/section.tsx'
import { When } from '../../components/text/when.tsx'

const TONES: Record<StoreDocument['state'], Tone> = { searchable: 'good', embedding: 'info', failed: 'warning' }

/** The pages that the shop has sent, with their state, and what the shop says of itself. */
export function StoreDocuments({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const documents = useStoreDocuments(storeId)
  return (
    <Section
      title={t('stores.documents.title')}
      hint={t('stores.documents.hint')}
      aside={
        documents.data?.results.length ? (
          <CsvButton size="xs" address={csvAddress(`/api/v1/stores/${storeId}/documents/`)} />
        ) : undefined
      }
    >
      <Answered query={documents}>
        {(found) =>
          found.received_at === null ? (
            <Text size="sm">{t('stores.documents.none')}</Text>
          ) : (
            <DocumentList found={found} />
          )
        }
      </Answered>
    </Section>
  )
}

function DocumentList({ found }: { found: StoreDocumentsAnswer }) {
  const { t } = useTranslation()
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('stores.documents.received')}: <When at={found.received_at} />
      </Text>
      {found.results.map((document) => (
        <DocumentLine key={document.id} document={document} />
      ))}
      {found.shop !== null && <Facts facts={factsOf(found.shop, t)} />}
    </Stack>
  )
}

function DocumentLine({ document }: { document: StoreDocument }) {
  const { t } = useTranslation()
  const { title, url, kind, state } = document
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start">
      <div>
        <bdi>{isWebAddress(url) ? <OutsideLink address={url}>{title}</OutsideLink> : title}</bdi>
        <Text size="xs" c="dimmed">
          {t(`stores.documents.kinds.${kind}`)} · <When at={document.updated_at} />
        </Text>
      </div>
      <StateBadge tone={TONES[state]}>{t(`stores.documents.states.${state}`)}</StateBadge>
    </Group>
  )
}

function factsOf(shop: ShopFacts, t: TFunction): [string, string][] {
  const facts: [string, string | undefined][] = [
    [t('stores.documents.facts.name'), shop.name],
    [t('stores.documents.facts.address'), shop.address],
    [t('stores.documents.facts.hours'), shop.hours],
    [t('stores.documents.facts.phone'), shop.phone],
    [t('stores.documents.facts.email'), shop.email],
    [t('stores.documents.facts.zones'), shop.shipping_zones?.join(' · ')],
    [t('stores.documents.facts.payment'), shop.payment_methods?.join(' · ')],
  ]
  return facts.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]))
}
