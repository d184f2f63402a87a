import {
  IconBell,
  IconBolt,
  IconBuildingStore,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconMailOff,
  IconMessageQuestion,
  IconPackage,
  IconPlugConnected,
  IconReplace,
  IconSearch,
  IconSettings,
  IconUserCircle,
  IconUsers,
} from '@tabler/icons-react'
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { Words } from './languages/fa.ts'

export interface PageEntry {
  path: string
  name: keyof Words['shell']['pages']
  icon: typeof IconKey
  /** Section in the navigation; pages without one are in the account menu. */
  group?: keyof Words['shell']['groups']
  isForAdmins?: boolean
  /** Its pages below it, such as one store, are addressed from here as well. */
  page: LazyExoticComponent<ComponentType>
}

/** Every page, in the order of the navigation. A page is a folder of its own and exports its component as default. */
export const PAGES: PageEntry[] = [
  {
    path: '/',
    name: 'overview',
    icon: IconLayoutDashboard,
    group: 'watch',
    page: lazy(() => import('./pages/overview/overview-page.tsx')),
  },
  {
    path: '/events',
    name: 'events',
    icon: IconBolt,
    group: 'watch',
    page: lazy(() => import('./pages/events/events-page.tsx')),
  },
  {
    path: '/dead-letters',
    name: 'deadLetters',
    icon: IconMailOff,
    group: 'watch',
    page: lazy(() => import('./pages/dead-letters/dead-letters-page.tsx')),
  },
  {
    path: '/alerts',
    name: 'alerts',
    icon: IconBell,
    group: 'watch',
    page: lazy(() => import('./pages/alerts/alerts-page.tsx')),
  },
  {
    path: '/products',
    name: 'products',
    icon: IconPackage,
    group: 'knowledge',
    page: lazy(() => import('./pages/products/products-page.tsx')),
  },
  {
    path: '/search',
    name: 'search',
    icon: IconSearch,
    group: 'knowledge',
    page: lazy(() => import('./pages/search/search-page.tsx')),
  },
  {
    path: '/questions',
    name: 'questions',
    icon: IconMessageQuestion,
    group: 'knowledge',
    page: lazy(() => import('./pages/questions/questions-page.tsx')),
  },
  {
    path: '/synonyms',
    name: 'synonyms',
    icon: IconReplace,
    group: 'knowledge',
    page: lazy(() => import('./pages/synonyms/synonyms-page.tsx')),
  },
  {
    path: '/stores',
    name: 'stores',
    icon: IconBuildingStore,
    group: 'connect',
    page: lazy(() => import('./pages/stores/stores-page.tsx')),
  },
  {
    path: '/tokens',
    name: 'tokens',
    icon: IconKey,
    group: 'connect',
    page: lazy(() => import('./pages/tokens/tokens-page.tsx')),
  },
  {
    path: '/agents',
    name: 'agents',
    icon: IconPlugConnected,
    group: 'connect',
    page: lazy(() => import('./pages/agents/agents-page.tsx')),
  },
  {
    path: '/users',
    name: 'users',
    icon: IconUsers,
    group: 'manage',
    isForAdmins: true,
    page: lazy(() => import('./pages/users/users-page.tsx')),
  },
  {
    path: '/audit',
    name: 'audit',
    icon: IconHistory,
    group: 'manage',
    page: lazy(() => import('./pages/audit/audit-page.tsx')),
  },
  {
    path: '/settings',
    name: 'settings',
    icon: IconSettings,
    group: 'manage',
    page: lazy(() => import('./pages/settings/settings-page.tsx')),
  },
  {
    path: '/account',
    name: 'account',
    icon: IconUserCircle,
    page: lazy(() => import('./pages/account/account-page.tsx')),
  },
]
