/** One scenario: a shop with the plugin, a network path to the backend that a test can disturb, and the backend. */
import { expect, inject } from 'vitest'
import { Backend, type Store } from './backend.ts'
import { differences, shopViews } from './compare.ts'
import { deliver } from './plugin.ts'
import { type Host, Shop } from './shop.ts'
import { UnreliableBackend } from './unreliable-backend.ts'
import { WpAdmin } from './wp-admin.ts'

export class Scenario {
  readonly shop: Shop
  readonly backend: Backend
  readonly store: Store
  /** The address the plugin sends to. */
  readonly way: UnreliableBackend
  private signedIn: WpAdmin | undefined

  private constructor(shop: Shop, backend: Backend, store: Store, way: UnreliableBackend) {
    this.shop = shop
    this.backend = backend
    this.store = store
    this.way = way
  }

  /** A connected shop that sends as soon as its background work runs; or one that waits to be connected. */
  static async open(
    name: string,
    { debounceSeconds = 0, configured = true, ...host }: { debounceSeconds?: number; configured?: boolean } & Host = {},
  ): Promise<Scenario> {
    const sharedParts = inject('sharedParts')
    const backend = new Backend(sharedParts.backendUrl)
    const [store, way] = [await backend.newStore(name), await UnreliableBackend.start(sharedParts.backendUrl)]
    const constants = { E2E_FIKO_SYNC_URL: way.url, E2E_FIKO_SYNC_TOKEN: store.token }
    const shop = await Shop.open(sharedParts, name, { ...host, ...(configured && { connection: constants }) })
    await shop.option('e2e_debounce_seconds', debounceSeconds)
    return new Scenario(shop, backend, store, way)
  }

  async admin(): Promise<WpAdmin> {
    this.signedIn ??= await WpAdmin.signIn(this.shop.url)
    return this.signedIn
  }

  /** Delivers everything and resolves when the backend has applied it. */
  async deliver(): Promise<void> {
    await deliver(this.shop)
    await this.backend.settled(this.store)
  }

  /** Delivers, and expects the backend to hold these products as the shop shows them. */
  async expectInSync(...ids: number[]): Promise<void> {
    await this.deliver()
    expect(await this.differences(ids)).toEqual([])
  }

  /** Makes a change, and expects that it shows in the shop and arrives at the backend. */
  async expectToArrive(ids: number[], change: () => Promise<unknown>): Promise<void> {
    const before = await shopViews(this.shop, ids)
    await change()
    await this.deliver()
    const after = await shopViews(this.shop, ids)
    expect(after).not.toEqual(before)
    const products = await this.backend.products(this.store)
    expect(after.flatMap((view) => differences(view, products.get(view.id)))).toEqual([])
  }

  async differences(ids: number[]): Promise<string[]> {
    const [views, products] = [await shopViews(this.shop, ids), await this.backend.products(this.store)]
    return views.flatMap((view) => differences(view, products.get(view.id)))
  }

  /** Ends everything, and fails if PHP had to complain about the plugin meanwhile. */
  async close(): Promise<void> {
    const complaints = this.shop.complaints()
    await this.shop.stop()
    await this.way.stop()
    expect(complaints).toEqual([])
  }
}
