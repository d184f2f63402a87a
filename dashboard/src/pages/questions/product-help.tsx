import { Button, Group, List, Modal, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { useHref } from '../../layout/scope.ts'

/** The steps after which a question finds a product: products are made in the shop, not here. */
export function ProductHelp({ query, onClose }: { query: string; onClose: () => void }) {
  const { t } = useTranslation()
  const href = useHref()
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('questions.help.title', { query })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
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
    </Modal>
  )
}
