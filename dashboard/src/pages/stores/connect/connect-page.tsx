import { Card } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { type Progress, useStoreProgress } from '../../../api/stores.ts'
import { Answered } from '../../../components/notices/answered.tsx'
import { PageHeader } from '../../../components/page-header.tsx'
import { useHref } from '../../../layout/scope.ts'
import { NameStep } from './name-step.tsx'
import { PluginStep } from './plugin-step.tsx'
import { Steps } from './steps.tsx'
import { SyncStep } from './sync-step.tsx'
import { LostTokenStep, TokenStep } from './token-step.tsx'
import { useSettled } from './use-settled.ts'

/** Interval of the requests for a store's progress, short enough to appear live. */
const ASK_MS = 2_000

/** The token just made, in the memory of this page only: a page that is loaded again does not have it. */
let shownToken: { storeId: number; token: string } | null = null

/**
 * Connects a store, step by step. The address holds the store, and the server knows its progress, so that the page continues at
 * the same step later.
 */
export default function ConnectPage({ storeId }: { storeId: number | null }) {
  const { t } = useTranslation()
  const href = useHref()
  const [, go] = useLocation()
  return (
    <>
      <PageHeader title={t('stores.connect')} />
      <Card p={{ base: 'md', sm: 'xl' }} maw="48rem">
        {storeId === null ? (
          <>
            <Steps at={0} />
            <NameStep
              onMade={({ token, store }) => {
                if (!store) return
                shownToken = { storeId: store.id, token }
                go(href(`/stores/${store.id}/connect`), { replace: true })
              }}
            />
          </>
        ) : (
          <Connecting storeId={storeId} />
        )}
      </Card>
    </>
  )
}

function Connecting({ storeId }: { storeId: number }) {
  const progress = useStoreProgress(storeId, { refetchMs: ASK_MS })
  return <Answered query={progress}>{(found) => <Step key={storeId} progress={found} />}</Answered>
}

function Step({ progress }: { progress: Progress }) {
  const { store } = progress
  const [token, setToken] = useState(shownToken?.storeId === store.id ? shownToken.token : null)
  const [hasToken, setHasToken] = useState(false)
  const isSettled = useSettled(progress)
  const step = progress.first_contact_at === null ? (hasToken ? 2 : 1) : 3
  const take = () => {
    setHasToken(true)
    shownToken = null
  }
  return (
    <>
      <Steps at={step} isDone={isSettled} />
      {step === 1 &&
        (token ? (
          <TokenStep token={token} onTaken={take} />
        ) : (
          <LostTokenStep progress={progress} onMade={setToken} onHasOne={() => setHasToken(true)} />
        ))}
      {step === 2 && <PluginStep token={token} />}
      {step === 3 && <SyncStep progress={progress} isSettled={isSettled} />}
    </>
  )
}
