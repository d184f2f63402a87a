import { Anchor, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { useEvents } from '../../api/events.ts'
import { Table } from '../../components/lists/list-table.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { Section } from '../../components/section.tsx'
import { useHref } from '../../layout/scope.ts'
import { useEventColumns } from '../events/event-table.tsx'

/** The newest events of a product. */
export function History({ storeId, productNumber }: { storeId: number; productNumber: string }) {
  const { t } = useTranslation()
  const href = useHref()
  const events = useEvents({ store_id: storeId, woo_product_id: productNumber, limit: 10 })
  const columns = useEventColumns({ ofOneProduct: true })
  return (
    <Section
      title={t('products.detail.history')}
      aside={
        <Anchor component={Link} href={href(`/events?store_id=${storeId}&woo_product_id=${productNumber}`)} size="sm">
          {t('products.detail.allEvents')}
        </Anchor>
      }
    >
      <Answered query={events}>
        {(page) =>
          page.results.length === 0 ? (
            <Text c="dimmed">{t('products.detail.historyNone')}</Text>
          ) : (
            <Table
              label={t('products.detail.history')}
              rows={page.results}
              rowKey={(event) => event.id}
              columns={columns}
            />
          )
        }
      </Answered>
    </Section>
  )
}
