import { PublicAddress } from './public-address.tsx'
import { StoreDocuments } from './store-documents.tsx'
import { StoreDrift } from './store-drift.tsx'
import { StoreFeeds } from './store-feeds.tsx'
import { StoreResend } from './store-resend.tsx'
import { StoreTokens } from './store-tokens.tsx'

/** The sections below the first screen of a store's page. One file, so that the browser makes one request. */
export default function StoreSections({ id }: { id: number }) {
  return (
    <>
      <StoreTokens id={id} />
      <StoreDrift storeId={id} />
      <StoreResend storeId={id} />
      <StoreDocuments storeId={id} />
      <PublicAddress storeId={id} />
      <StoreFeeds storeId={id} />
    </>
  )
}
