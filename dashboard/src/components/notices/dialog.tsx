import { Modal, type ModalProps } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFocusReturn } from './focus-return.ts'

type Props = Omit<ModalProps, 'opened' | 'returnFocus' | 'closeButtonProps'>

/** A dialog, rendered while it is open only. When it closes, the focus returns to where it was. */
export function Dialog(props: Props) {
  const { t } = useTranslation()
  useFocusReturn()
  return <Modal opened returnFocus={false} closeButtonProps={{ 'aria-label': t('common.close') }} {...props} />
}
