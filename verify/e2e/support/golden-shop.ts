/** The shop that every scenario gets a copy of: one folder of files for all, and one dump of a database. */
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../../scripts/free-port.ts'
import { dumpDatabase, runSql } from './mariadb.ts'
import { type PhpEnvironment, runPhp } from './php.ts'
import type { ShopSources } from './requirements.ts'
import { ALIVE, ALIVE_FILE, serve } from './web-server.ts'
import { wordpressFolder } from './wordpress-folder.ts'
import { WpAdmin } from './wp-admin.ts'

export const PLUGIN_FILE = 'fiko-woocommerce-sync/fiko-woocommerce-sync.php'

export interface GoldenShop {
  site: string
  dump: string
}

/** Copies the files (links would make WordPress look for its configuration in the original) and installs (10 s). */
export async function makeGoldenShop(
  folder: string,
  socket: string,
  sources: ShopSources,
  interrupted: AbortSignal,
): Promise<GoldenShop> {
  const site = join(folder, 'site')
  const content = join(site, 'wp-content')
  await cp(sources.wordpress, site, { recursive: true })
  for (const name of ['plugins', 'themes', 'uploads', 'mu-plugins']) {
    await mkdir(join(content, name), { recursive: true })
  }
  await cp(sources.woocommerce, join(content, 'plugins/woocommerce'), { recursive: true })
  await cp(sources.plugin, join(content, 'plugins/fiko-woocommerce-sync'), { recursive: true })
  await copyFile(join(wordpressFolder, 'wp-config.php'), join(site, 'wp-config.php'))
  await copyFile(join(wordpressFolder, 'mu-plugin.php'), join(content, 'mu-plugins/test-control.php'))
  for (const name of ['guest-view.php', 'shop-plugins.php', 'troubles.php']) {
    await copyFile(join(wordpressFolder, name), join(content, 'mu-plugins', name))
  }
  await cp(join(wordpressFolder, 'theme'), join(content, 'themes/e2e'), { recursive: true })
  if (sources.redisCache) {
    await cp(sources.redisCache, join(content, 'plugins/redis-cache'), { recursive: true })
    await copyFile(join(wordpressFolder, 'object-cache.php'), join(content, 'object-cache.php'))
  }
  await writeFile(join(site, ALIVE_FILE), `<?php echo '${ALIVE}';`)

  const env: PhpEnvironment = { E2E_SITE: site, E2E_SOCKET: socket, E2E_DATABASE: 'golden', E2E_FOLDER: folder }
  await runSql(socket, null, 'create database golden character set utf8mb4 collate utf8mb4_unicode_520_ci')
  for (const step of ['wordpress', 'woocommerce/woocommerce.php', PLUGIN_FILE]) {
    interrupted.throwIfAborted()
    await runPhp(env, [join(wordpressFolder, 'install.php'), step])
  }
  await openWpAdmin(env)
  const dump = join(folder, 'golden.sql')
  await dumpDatabase(socket, 'golden', dump)
  return { site, dump }
}

/** Makes a network of a shop's copy, with a second shop in the folder `/second/`. */
export async function makeNetwork(env: PhpEnvironment, host: string): Promise<void> {
  const file = join(wordpressFolder, 'network.php')
  const { E2E_NETWORK: _, ...single } = env
  await runPhp(single, [file, 'tables', host])
  await runPhp(env, [file, 'second', host])
  await runPhp(env, [file, 'plugins', host, '/second/', 'woocommerce/woocommerce.php', PLUGIN_FILE])
}

/** After an activation wp-admin opens one more page, where plugins finish their setup. */
async function openWpAdmin(env: PhpEnvironment): Promise<void> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const address = `update wp_options set option_value = '${url}' where option_name in ('siteurl', 'home')`
  await runSql(env.E2E_SOCKET, env.E2E_DATABASE, address)
  const server = await serve('php', env, port)
  try {
    const owner = await WpAdmin.signIn(url)
    const { status } = await owner.get('/wp-admin/plugins.php')
    if (status !== 200) throw new Error(`wp-admin answered ${status}`)
  } finally {
    await server.stop()
  }
}
