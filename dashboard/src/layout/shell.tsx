import { AppShell, Burger, Group } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Route, Switch, useLocation } from 'wouter'
import { useMe } from '../api/session.ts'
import { Crash } from '../components/notices/crash.tsx'
import { PageSkeleton } from '../components/notices/skeletons.tsx'
import { PAGES } from '../pages.ts'
import { AppearanceMenu, LanguageSwitch, UserMenu } from './menus.tsx'
import { Navigation } from './navigation.tsx'
import classes from './shell.module.css'
import { TenantPicker } from './tenant-picker.tsx'
import { Wordmark } from './wordmark.tsx'

/** The width from which the menu stands beside the page: the breakpoint md of the theme. */
const WIDE = '(min-width: 62em)'

const NotFoundPage = lazy(() => import('../pages/not-found/not-found-page.tsx'))

/**
 * The frame of every page: the sections at the side (behind a menu button on phones), the tenant and the account above, the page
 * in the middle.
 */
export function Shell() {
  const { t } = useTranslation()
  const me = useMe()
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const [location] = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu.
  useEffect(close, [location])
  const opener = useRef<HTMLButtonElement>(null)
  const closer = useRef<HTMLButtonElement>(null)
  const closeByHand = () => {
    close()
    // After the page around the menu is reachable again.
    setTimeout(() => opener.current?.focus())
  }
  const isWide = useMediaQuery(WIDE, true, { getInitialValueInEffect: false })
  const isOverPage = isOpen && !isWide
  useEffect(() => {
    if (isOverPage) closer.current?.focus()
  }, [isOverPage])
  const pages = PAGES.filter((page) => !page.isForAdmins || me.role === 'admin')

  return (
    <AppShell
      layout="alt"
      header={{ height: 60 }}
      navbar={{ width: 256, breakpoint: 'md', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', sm: 'xl' }}
      className={classes.shell}
    >
      <a className={classes.skip} href="#content">
        {t('shell.skip')}
      </a>
      <AppShell.Header className={classes.header} withBorder={false} inert={isOverPage}>
        <Group h="100%" px={{ base: 'md', sm: 'xl' }} gap="xs" wrap="nowrap">
          <Burger
            ref={opener}
            opened={isOpen}
            onClick={toggle}
            hiddenFrom="md"
            size="sm"
            aria-label={t(isOpen ? 'shell.closeMenu' : 'shell.openMenu')}
            aria-expanded={isOpen}
          />
          {me.role === 'admin' && <TenantPicker />}
          <Group gap={4} ms="auto" wrap="nowrap">
            <LanguageSwitch />
            <AppearanceMenu />
            <UserMenu me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        className={classes.navbar}
        withBorder={false}
        // Behind the edge of a narrow window, its links must not take the focus.
        inert={!isWide && !isOpen}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && isOverPage) closeByHand()
        }}
      >
        <Group h={60} px="md" justify="space-between" wrap="nowrap">
          <Wordmark />
          <Burger
            ref={closer}
            opened
            onClick={closeByHand}
            hiddenFrom="md"
            size="sm"
            aria-label={t('shell.closeMenu')}
          />
        </Group>
        <div className={classes.sections}>
          <Navigation pages={pages} />
        </div>
      </AppShell.Navbar>
      <AppShell.Main id="content" className={classes.main} tabIndex={-1} inert={isOverPage}>
        <div className={classes.page}>
          <Crash key={location}>
            <Suspense fallback={<PageSkeleton />}>
              <Switch>
                {pages.map(({ path, page: Page }) => (
                  <Route key={path} path={path === '/' ? path : `${path}/*?`}>
                    <Page />
                  </Route>
                ))}
                <Route>
                  <NotFoundPage />
                </Route>
              </Switch>
            </Suspense>
          </Crash>
        </div>
      </AppShell.Main>
    </AppShell>
  )
}
