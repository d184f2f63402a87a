import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
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

/** Says that an action without a form of its own failed, until it is closed; screen readers hear it. */
export function complain(message: string): void {
  notifications.show({
    message,
    color: 'red',
    icon: <IconAlertTriangle size={18} />,
    autoClose: false,
    role: 'alert',
    closeButtonProps: { 'aria-label': i18next.t('common.close') },
  })
}
