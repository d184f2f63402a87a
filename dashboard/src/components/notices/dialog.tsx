import type { ModalProps } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useFocusReturn } from './focus-return.ts'

const DialogFrame = lazy(() => import('./dialog-frame.tsx'))

type Props = Omit<ModalProps, 'opened' | 'returnFocus' | 'closeButtonProps'>

/** A dialog, rendered while it is open only. When it closes, the focus returns to where it was. */
export function Dialog(props: Props) {
  const { t } = useTranslation()
  useFocusReturn()
  return (
    <Suspense>
      <DialogFrame opened returnFocus={false} closeButtonProps={{ 'aria-label': t('common.close') }} {...props} />
    </Suspense>
  )
}
