import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

interface Props {
  /** Of the file: `csvAddress` of a list. */
  address: string
  size?: 'xs' | 'sm'
}

/** A link to the CSV file of a list, with the filters of the page. The browser saves it as it comes. */
export function CsvButton({ address, size = 'sm' }: Props) {
  const { t } = useTranslation()
  return (
    <Button
      component="a"
      href={address}
      download
      variant="default"
      size={size}
      leftSection={<IconDownload size={17} />}
      aria-label={t('common.csvLabel')}
    >
      CSV
    </Button>
  )
}
