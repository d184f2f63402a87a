import { lazy } from 'react'
import { Route, Switch } from 'wouter'
import ProductList from './product-list.tsx'

const ProductPage = lazy(() => import('./product-page.tsx'))

/** The catalogue, and one product of it. */
export default function ProductsPage() {
  return (
    <Switch>
      <Route path="/products" component={ProductList} />
      <Route path="/products/:id">{({ id }) => <ProductPage key={id} id={Number(id)} />}</Route>
    </Switch>
  )
}
