/** One throw-away shop: a database of its own, a web server, and the ways in that people and programs have. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../scripts/free-port.ts'
import { makeNetwork } from './golden-shop.ts'
import { dumpDatabase, loadDatabase, runSql } from './mariadb.ts'
import { finishPhp, type PhpEnvironment, PhpFailed, startPhp } from './php.ts'
import { startRedis } from './redis.ts'
import { type ServerKind, serve, type WebServer } from './web-server.ts'
import { wordpressFolder } from './wordpress-folder.ts'

export interface SharedParts {
  folder: string
  socket: string
  site: string
  dump: string
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The data that `verify/e2e/run.ts` passes to every scenario file. */
    sharedParts: SharedParts & { backendUrl: string; screenshots: string }
  }
}

/** run.php prints this before and after a result, because shutdown hooks may print, too. */
const RESULT_MARK = '\u001e'

export type Arguments = Record<string, unknown>

/** One outgoing request of the shop, as the test control plugin saw it. */
export interface OutgoingCall {
  url: string
  /** page, ajax, cron or loopback (the shop's request to itself); what `php` was told for the command line. */
  context: string
  method: string
}

/** The host of a shop. */
export interface Host {
  /** PHP's own web server, or PHP-FPM behind nginx. */
  server?: ServerKind
  /** PHP's memory limit, such as `80M`. */
  memoryLimit?: string
  /** Redis as object cache, with the plugin redis-cache. */
  objectCache?: 'redis'
  /** A network of two sites; see `secondSite`. */
  network?: boolean
}

interface OpenOptions extends Host {
  dump?: string
  /** The plugin's address and token, as constants of wp-config.php. */
  connection?: Pick<PhpEnvironment, 'E2E_FIKO_SYNC_URL' | 'E2E_FIKO_SYNC_TOKEN'>
}

interface PhpOptions {
  /** `cron` is what background work runs as; anything else counts as the foreground. */
  context?: 'foreground' | 'cron'
  env?: Partial<PhpEnvironment>
}

const ACTIVATE = `
  $answer = activate_plugin( $args['plugin'] );
  if ( is_wp_error( $answer ) ) {
    throw new RuntimeException( $answer->get_error_message() );
  }
  return true;`

export class Shop {
  readonly sharedParts: SharedParts
  readonly env: PhpEnvironment
  readonly url: string
  private readonly server: WebServer

  private constructor(sharedParts: SharedParts, env: PhpEnvironment, url: string, server: WebServer) {
    this.sharedParts = sharedParts
    this.env = env
    this.url = url
    this.server = server
  }

  /** A copy of the golden shop, or of what is in another dump; then only the address differs. */
  static async open(
    sharedParts: SharedParts,
    name: string,
    { dump = sharedParts.dump, connection = {}, server = 'php', memoryLimit, objectCache, network }: OpenOptions = {},
  ): Promise<Shop> {
    const database = `shop_${name}_${process.pid}_${Math.random().toString(36).slice(2, 8)}`
    const folder = join(sharedParts.folder, database)
    mkdirSync(folder)
    await loadDatabase(sharedParts.socket, database, dump)
    const port = await freePort()
    const host = `127.0.0.1:${port}`
    const url = `http://${host}`
    const redis = objectCache && (await startRedis(folder))
    const env = {
      E2E_SITE: sharedParts.site,
      E2E_SOCKET: sharedParts.socket,
      E2E_DATABASE: database,
      E2E_FOLDER: folder,
      ...connection,
      ...(memoryLimit && { E2E_MEMORY_LIMIT: memoryLimit }),
      ...(network && { E2E_NETWORK: host }),
      ...(redis && { E2E_REDIS_SOCKET: redis.socket }),
    }
    await runSql(
      sharedParts.socket,
      database,
      `update wp_options set option_value = '${url}' where option_name in ('siteurl', 'home')`,
    )
    if (network) await makeNetwork(env, host)
    const webServer = await serve(server, env, port)
    const shop = new Shop(sharedParts, env, url, {
      stop: async () => {
        await webServer.stop()
        await redis?.server.stop()
      },
    })
    if (redis) await shop.php(ACTIVATE, { plugin: 'redis-cache/redis-cache.php' })
    return shop
  }

  /** The second shop of a network: the same files and database, tables of its own. */
  secondSite(): Shop {
    if (!this.env.E2E_NETWORK) throw new Error('this shop is no network')
    return new Shop(this.sharedParts, this.env, `${this.url}/second`, this.server)
  }

  /** The same shop at another address, as a staging tool makes it: a copy of the database, its addresses rewritten. */
  async clone(name: string): Promise<Shop> {
    const dump = join(this.env.E2E_FOLDER, `${name}.sql`)
    await dumpDatabase(this.sharedParts.socket, this.env.E2E_DATABASE, dump)
    const { E2E_FIKO_SYNC_URL = '', E2E_FIKO_SYNC_TOKEN = '' } = this.env
    return await Shop.open(this.sharedParts, name, { dump, connection: { E2E_FIKO_SYNC_URL, E2E_FIKO_SYNC_TOKEN } })
  }

  /**
   * Runs PHP inside WordPress as the owner, in a process of its own, and returns what it returns. `$args` holds the
   * arguments. @throws {PhpFailed}
   */
  async php<Result = unknown>(code: string, args: Arguments = {}, options: PhpOptions = {}): Promise<Result> {
    const printed = await finishPhp(this.startPhp(code, args, options))
    const json = printed.split(RESULT_MARK)[1]
    if (json === undefined) throw new PhpFailed(`PHP returned nothing: ${printed.slice(-2000)}`)
    return JSON.parse(json) as Result
  }

  /** The same, for a caller that kills the process. */
  startPhp(code: string, args: Arguments = {}, { context = 'foreground', env = {} }: PhpOptions = {}): ChildProcess {
    const { host, pathname } = new URL(this.url)
    const path = pathname.endsWith('/') ? pathname : `${pathname}/`
    const input = JSON.stringify({ code, args, context, host, path })
    return startPhp({ ...this.env, ...env }, [join(wordpressFolder, 'run.php')], input)
  }

  /** Rows as arrays of text. */
  async sql(statement: string): Promise<string[][]> {
    return await runSql(this.sharedParts.socket, this.env.E2E_DATABASE, statement)
  }

  async option(name: string, value: unknown): Promise<void> {
    await this.php('update_option( $args["name"], $args["value"] ); return true;', { name, value })
  }

  outgoingCalls(): OutgoingCall[] {
    return readLines(join(this.env.E2E_FOLDER, 'http.log')).map((line) => JSON.parse(line) as OutgoingCall)
  }

  /** Calls in a user's request: not cron's, and not those of the shop's own request to itself. */
  foregroundCalls(): OutgoingCall[] {
    return this.outgoingCalls().filter(({ context }) => context !== 'cron' && context !== 'loopback')
  }

  /** PHP's errors in the plugin's files; notices of WordPress and WooCommerce are not included. */
  complaints(): string[] {
    return readLines(join(this.env.E2E_FOLDER, 'php.log')).filter((line) =>
      line.includes('plugins/fiko-woocommerce-sync/'),
    )
  }

  /** Requests and processes that PHP has ended, of any plugin. */
  fatalErrors(): string[] {
    return readLines(join(this.env.E2E_FOLDER, 'php.log')).filter((line) => line.includes('PHP Fatal error'))
  }

  async stop(): Promise<void> {
    await this.server.stop()
    await runSql(this.sharedParts.socket, null, `drop database \`${this.env.E2E_DATABASE}\``)
  }
}

function readLines(file: string): string[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}
