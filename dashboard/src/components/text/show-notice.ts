import { notifications } from '@mantine/notifications'

export const showNotice = notifications.show
