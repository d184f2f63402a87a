import { Button, Group, List, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { Dialog } from '../../components/notices/dialog.tsx'
import { useHref } from '../../layout/scope.ts'

/** The steps after which a question finds a product: products are made in the shop, not here. */
export function ProductHelp({ query, onClose }: { query: string; onClose: () => void }) {
  const { t } = useTranslation()
  const href = useHref()
  return (
    <Dialog onClose={onClose} title={t('questions.help.title', { query })}>
      <Stack>
        <List spacing="xs">
          {(['sold', 'notSold', 'named'] as const).map((key) => (
            <List.Item key={key}>{t(`questions.help.${key}`)}</List.Item>
          ))}
        </List>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.close')}
          </Button>
          <Button component={Link} href={href(`/products?search=${encodeURIComponent(query)}`)}>
            {t('questions.help.look')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
