import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import i18next from 'i18next'
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from 'react'

const Notices = lazy(() => import('./notices.tsx'))

let isWanted = false
const listeners = new Set<() => void>()

/** The place of the messages; it appears with the first one. */
export function NoticePlace() {
  const isShown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => isWanted,
  )
  return isShown ? (
    <Suspense>
      <Notices />
    </Suspense>
  ) : null
}

interface Notice {
  message: string
  color: string
  icon: ReactNode
  autoClose: number | false
  role?: string
}

async function show(notice: Notice): Promise<void> {
  isWanted = true
  for (const listener of listeners) listener()
  const { showNotice } = await import('./show-notice.ts')
  showNotice({ ...notice, closeButtonProps: { 'aria-label': i18next.t('common.close') } })
}

/** Says briefly that something was done; screen readers hear it. */
export function say(message: string): void {
  void show({
    message,
    color: 'brand',
    icon: <IconCheck size={18} />,
    autoClose: 4000,
  })
}

/** Says that an action without a form of its own failed, until it is closed; screen readers hear it. */
export function complain(message: string): void {
  void show({
    message,
    color: 'red',
    icon: <IconAlertTriangle size={18} />,
    autoClose: false,
    role: 'alert',
  })
}
