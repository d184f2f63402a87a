import { common } from './common.ts'
import { events } from './events.ts'
import { freshness } from './freshness.ts'
import { overview } from './overview.ts'
import { products } from './products.ts'
import { shell } from './shell.ts'
import { stores } from './stores.ts'
import { sync } from './sync.ts'
import { tokens } from './tokens.ts'

/** The words of the frame and of what several pages share: loaded before the first page. A page brings its own. */
export const first = {
  common,
  events,
  freshness,
  overview,
  products,
  shell,
  stores,
  sync,
  tokens,
}
