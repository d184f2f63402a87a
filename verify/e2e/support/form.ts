import { join } from 'node:path'
import { runPhp } from './php.ts'
import { wordpressFolder } from './wordpress-folder.ts'

/** The fields that a browser would send with a form, in their order. */
export class Form {
  readonly action: string
  readonly fields: URLSearchParams

  constructor(action: string, fields: URLSearchParams) {
    this.action = action
    this.fields = fields
  }

  /** Reads the form that an XPath expression finds in a page (PHP's parser: Node has none). */
  static async read(html: string, path: string): Promise<Form> {
    const printed = await runPhp(null, [join(wordpressFolder, 'read-form.php'), path], html)
    const read = JSON.parse(printed) as { action: string; pairs: [string, string][] }
    return new Form(read.action, new URLSearchParams(read.pairs))
  }

  /** Fills fields in; null takes one out, as an unchecked box. */
  fill(values: Record<string, string | string[] | null>): this {
    for (const [name, value] of Object.entries(values)) {
      this.fields.delete(name)
      if (value === null) continue
      for (const one of [value].flat()) this.fields.append(name, one)
    }
    return this
  }
}
