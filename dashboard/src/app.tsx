import { DirectionProvider, MantineProvider, useDirection } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { queryClient } from './api/query-client.ts'
import { useSession } from './api/session.ts'
import { Crash } from './components/notices/crash.tsx'
import { ErrorNotice } from './components/notices/error-notice.tsx'
import { PageSkeleton } from './components/notices/skeletons.tsx'
import { NoticePlace } from './components/text/say.tsx'
import { chosenLanguage, LANGUAGES } from './languages/language.ts'
import { Shell } from './layout/shell.tsx'
import { styleNonce } from './style-nonce.ts'
import { theme, variables } from './theme.ts'

const ConsentPage = lazy(() => import('./pages/consent/consent-page.tsx'))
const SignInPage = lazy(() => import('./pages/sign-in/sign-in-page.tsx'))

export function App() {
  return (
    <DirectionProvider initialDirection={LANGUAGES[chosenLanguage()].direction} detectDirection={false}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={variables}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
      >
        <QueryClientProvider client={queryClient}>
          <FollowLanguage />
          <NoticePlace />
          <Crash>
            <Entrance />
          </Crash>
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  )
}

function FollowLanguage() {
  const { setDirection } = useDirection()
  const { i18n } = useTranslation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the direction follows the language.
  useEffect(() => setDirection(LANGUAGES[chosenLanguage()].direction), [i18n.language, setDirection])
  return null
}

/** The address stays during the sign-in, so that the same page opens afterwards. */
function Entrance() {
  const session = useSession()
  if (session.isPending) return null
  if (session.isError && !session.data)
    return (
      <main className="narrow-page">
        <ErrorNotice error={session.error} onRetry={() => session.refetch()} />
      </main>
    )
  if (session.data && !isConsent()) return <Shell />
  return <Suspense fallback={<PageSkeleton />}>{session.data ? <ConsentPage /> : <SignInPage />}</Suspense>
}

/** The authorization endpoint of OAuth is this page, without the shell. Programs open it; no link leads to it. */
function isConsent(): boolean {
  return /^\/oauth\/authorize\/?$/.test(window.location.pathname)
}
