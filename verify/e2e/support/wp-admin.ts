/** A user with a session at a shop, who acts like a browser: cookies, pages, forms with their nonces. */
import { Form } from './form.ts'

export interface Page {
  status: number
  url: string
  html: string
}

type Values = Record<string, string | string[] | null>

export class WpAdmin {
  readonly shopUrl: string
  private readonly cookies = new Map<string, string>()

  constructor(shopUrl: string) {
    this.shopUrl = shopUrl
  }

  static async signIn(shopUrl: string, user = 'owner', password = 'owner-password'): Promise<WpAdmin> {
    const admin = new WpAdmin(shopUrl)
    await admin.get('/wp-login.php')
    const fields = { log: user, pwd: password, 'wp-submit': 'Log In', testcookie: '1' }
    await admin.post('/wp-login.php', new URLSearchParams(fields))
    if (![...admin.cookies.keys()].some((name) => name.startsWith('wordpress_logged_in'))) {
      throw new Error(`${user} could not sign in at ${shopUrl}`)
    }
    return admin
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** A cookie that another plugin of the shop has set. */
  setCookie(name: string, value: string): void {
    this.cookies.set(name, value)
  }

  async get(path: string): Promise<Page> {
    return await this.request('GET', path)
  }

  async post(path: string, fields: URLSearchParams | FormData): Promise<Page> {
    return await this.request('POST', path, fields)
  }

  /** A call of the page's scripts: admin-ajax.php. */
  async ajax(fields: Values): Promise<Page> {
    return await this.post('/wp-admin/admin-ajax.php', new Form('', new URLSearchParams()).fill(fields).fields)
  }

  /** Opens a product's edit page, changes fields, and presses Update. */
  async editProduct(id: number, values: Values): Promise<Page> {
    const page = await this.get(`/wp-admin/post.php?post=${id}&action=edit`)
    const form = await Form.read(page.html, '//form[@id="post"]')
    return await this.post('/wp-admin/post.php', form.fill({ save: 'Update', ...values }).fields)
  }

  /** Fills in "Add new product" and presses Publish (or Save draft); returns the new id. */
  async addProduct(values: Values, button: Values = { publish: 'Publish' }): Promise<number> {
    const page = await this.get('/wp-admin/post-new.php?post_type=product')
    const form = await Form.read(page.html, '//form[@id="post"]')
    const status = 'publish' in button ? 'publish' : 'draft'
    form.fill({ ...button, post_status: status, original_post_status: 'auto-draft', ...values })
    await this.post('/wp-admin/post.php', form.fields)
    return Number(form.fields.get('post_ID'))
  }

  /** Quick edit in the product list. */
  async quickEdit(id: number, values: Values): Promise<Page> {
    const list = await this.get('/wp-admin/edit.php?post_type=product')
    return await this.ajax({
      action: 'inline-save',
      screen: 'edit-product',
      post_type: 'product',
      post_view: 'list',
      post_ID: String(id),
      edit_date: null,
      _inline_edit: nonce(list.html, /id="_inline_edit" name="_inline_edit" value="(\w+)"/),
      woocommerce_quick_edit: '1',
      woocommerce_quick_edit_nonce: nonce(list.html, /name="woocommerce_quick_edit_nonce" value="(\w+)"/),
      ...values,
    })
  }

  /** Bulk edit in the product list: everything left out means "no change". */
  async bulkEdit(ids: number[], values: Values): Promise<Page> {
    const list = await this.get('/wp-admin/edit.php?post_type=product')
    const form = new Form('', new URLSearchParams()).fill({
      post_type: 'product',
      _wpnonce: nonce(list.html, /id="_wpnonce" name="_wpnonce" value="(\w+)"/),
      action: 'edit',
      action2: '-1',
      bulk_edit: 'Update',
      _status: '-1',
      post_view: 'list',
      screen: 'edit-product',
      woocommerce_bulk_edit: '1',
      woocommerce_quick_edit_nonce: nonce(list.html, /name="woocommerce_quick_edit_nonce" value="(\w+)"/),
      'post[]': ids.map(String),
      ...values,
    })
    return await this.get(`/wp-admin/edit.php?${form.fields}`)
  }

  /** A bulk action of the product list, such as `trash`, `untrash` or `delete`. */
  async bulkAction(action: string, ids: number[], listed = 'all'): Promise<Page> {
    const query = `post_type=product&post_status=${listed}`
    const list = await this.get(`/wp-admin/edit.php?${query}`)
    const form = new Form('', new URLSearchParams()).fill({
      _wpnonce: nonce(list.html, /id="_wpnonce" name="_wpnonce" value="(\w+)"/),
      action,
      action2: '-1',
      'post[]': ids.map(String),
    })
    return await this.get(`/wp-admin/edit.php?${query}&${form.fields}`)
  }

  private async request(method: string, path: string, body?: URLSearchParams | FormData, hops = 0): Promise<Page> {
    const url = new URL(path, `${this.shopUrl}/wp-admin/`)
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { cookie: this.cookieHeader, referer: url.href },
      ...(body && { body }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (name && value !== undefined) this.cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location && response.status < 400) {
      await response.arrayBuffer()
      if (hops > 5) throw new Error(`${path} redirects for ever`)
      return await this.request('GET', new URL(location, url).href, undefined, hops + 1)
    }
    return { status: response.status, url: url.href, html: await response.text() }
  }
}

/** A nonce out of a page. @throws {Error} when the page holds none there */
export function nonce(html: string, pattern: RegExp): string {
  const found = pattern.exec(html)?.[1]
  if (!found) throw new Error(`the page holds no ${pattern}: ${html.replaceAll(/\s+/g, ' ').slice(0, 300)}`)
  return found
}
