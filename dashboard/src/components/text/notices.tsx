import { Notifications } from '@mantine/notifications'

/** The place of short messages, in a file of its own: it is loaded with the first message. */
export default function Notices() {
  return <Notifications position="bottom-center" limit={3} />
}
