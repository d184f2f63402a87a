import { notifications } from '@mantine/notifications'
import { IconCheck } from '@tabler/icons-react'

/** Says briefly that something was done; screen readers hear it. */
export function say(message: string): void {
  notifications.show({ message, color: 'brand', icon: <IconCheck size={18} />, autoClose: 4000 })
}
