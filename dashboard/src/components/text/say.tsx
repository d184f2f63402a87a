import { notifications } from '@mantine/notifications'
import { IconCheck } from '@tabler/icons-react'
import i18next from 'i18next'

/** Says briefly that something was done; screen readers hear it. */
export function say(message: string): void {
  notifications.show({
    message,
    color: 'brand',
    icon: <IconCheck size={18} />,
    autoClose: 4000,
    closeButtonProps: { 'aria-label': i18next.t('common.close') },
  })
}
