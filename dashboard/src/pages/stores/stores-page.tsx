import { lazy } from 'react'
import { Route, Switch } from 'wouter'
import StoreList from './store-list.tsx'

const ConnectPage = lazy(() => import('./connect/connect-page.tsx'))
const StorePage = lazy(() => import('./store-page.tsx'))

/** The list, one store, and connecting one: `/stores/connect`, later `/stores/7/connect`, so that it can be gone on with. */
export default function StoresPage() {
  return (
    <Switch>
      <Route path="/stores" component={StoreList} />
      <Route path="/stores/connect">
        <ConnectPage storeId={null} />
      </Route>
      <Route path="/stores/:id/connect">{({ id }) => <ConnectPage storeId={Number(id)} />}</Route>
      <Route path="/stores/:id">{({ id }) => <StorePage key={id} id={Number(id)} />}</Route>
    </Switch>
  )
}
