import { IconKey } from '@tabler/icons-react'
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { Words } from './languages/fa.ts'

export interface PageEntry {
  path: string
  name: keyof Words['shell']['pages']
  icon: typeof IconKey
  group: keyof Words['shell']['groups']
  isForAdmins?: boolean
  /** Its pages below it, such as one store, are addressed from here as well. */
  page: LazyExoticComponent<ComponentType>
}

/** Every page, in the order of the navigation. A page is a folder of its own and exports its component as default. */
export const PAGES: PageEntry[] = [
  {
    path: '/tokens',
    name: 'tokens',
    icon: IconKey,
    group: 'connect',
    page: lazy(() => import('./pages/tokens/tokens-page.tsx')),
  },
]
