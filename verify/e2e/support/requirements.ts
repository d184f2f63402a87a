/** Requirements of a real shop on this machine, and the sources of WordPress and WooCommerce. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Official releases, for machines with the internet; those the plugin is tested against. */
const WORDPRESS_URL = 'https://wordpress.org/wordpress-6.9.1.tar.gz'
const WOOCOMMERCE_URL = 'https://downloads.wordpress.org/plugin/woocommerce.10.5.2.zip'

const EXTENSIONS = ['mysqli', 'dom', 'mbstring', 'curl', 'gd', 'zip', 'intl']
const COMMANDS: Record<string, string> = {
  php: 'php-cli php-mysql php-xml php-mbstring php-curl php-gd php-zip php-intl',
  mariadbd: 'mariadb-server',
  'mariadb-install-db': 'mariadb-server',
  mariadb: 'mariadb-client',
  'mariadb-dump': 'mariadb-client',
}

export interface ShopSources {
  wordpress: string
  woocommerce: string
  plugin: string
  /** The plugin redis-cache, for shops with an object cache. */
  redisCache?: string
}

/** Hosts that only some scenarios need, and what they take. */
export interface Hosts {
  /** PHP-FPM behind nginx. */
  fpm: boolean
  /** The folder of the plugin redis-cache. */
  redisCache?: string
}

/** @throws {Error} that lists everything missing, one line each */
export async function findRequirements(folder: string, hosts: Hosts = { fpm: false }): Promise<ShopSources> {
  const missing = [...missingCommands(COMMANDS), ...missingExtensions(), ...missingForHosts(hosts)]
  const plugin = resolve(process.env.PLUGIN_DIR ?? 'plugin/fiko-woocommerce-sync')
  if (!existsSync(join(plugin, 'fiko-woocommerce-sync.php'))) {
    missing.push(`the plugin: ${plugin} holds no fiko-woocommerce-sync.php (PLUGIN_DIR names another folder)`)
  }
  const given = { wordpress: process.env.WORDPRESS_DIR, woocommerce: process.env.WOOCOMMERCE_DIR }
  if (given.wordpress && !existsSync(join(given.wordpress, 'wp-settings.php'))) {
    missing.push(`WordPress: WORDPRESS_DIR=${given.wordpress} holds no wp-settings.php`)
  }
  if (given.woocommerce && !existsSync(join(given.woocommerce, 'woocommerce.php'))) {
    missing.push(`WooCommerce: WOOCOMMERCE_DIR=${given.woocommerce} holds no woocommerce.php`)
  }
  // Nothing is downloaded for a run that cannot start anyway.
  if (missing.length > 0) throw new Error(`these are missing:\n${missing.map((line) => `  - ${line}`).join('\n')}`)
  const downloads = join(folder, 'downloads')
  return {
    plugin,
    ...(hosts.redisCache && { redisCache: resolve(hosts.redisCache) }),
    wordpress: given.wordpress ?? (await download(WORDPRESS_URL, downloads, 'wordpress', 'WORDPRESS_DIR')),
    woocommerce: given.woocommerce ?? (await download(WOOCOMMERCE_URL, downloads, 'woocommerce', 'WOOCOMMERCE_DIR')),
  }
}

/** The name of PHP's process manager, of the version that runs the command line; undefined where it is not installed. */
export function fpmCommand(): string | undefined {
  return [`php-fpm${phpVersion()}`, 'php-fpm'].find(hasCommand)
}

function phpVersion(): string {
  return spawnSync('php', ['-r', 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;'], { encoding: 'utf8' }).stdout ?? ''
}

function missingForHosts({ fpm, redisCache }: Hosts): string[] {
  const missing: string[] = []
  if (fpm) {
    const packages = `php${phpVersion()}-fpm nginx-light`
    if (!fpmCommand()) missing.push(`php-fpm (on Debian: apt-get install ${packages})`)
    missing.push(...missingCommands({ nginx: 'nginx-light' }))
  }
  if (redisCache) {
    for (const file of ['redis-cache.php', 'includes/object-cache.php']) {
      if (!existsSync(join(redisCache, file)))
        missing.push(`the plugin redis-cache: REDIS_CACHE_DIR=${redisCache} holds no ${file}`)
    }
    missing.push(...missingCommands({ 'redis-server': 'redis-server' }))
  }
  return missing
}

function hasCommand(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

function missingCommands(commands: Record<string, string>): string[] {
  return Object.entries(commands)
    .filter(([command]) => !hasCommand(command))
    .map(([command, packages]) => `${command} (on Debian: apt-get install ${packages})`)
}

function missingExtensions(): string[] {
  const { status, stdout } = spawnSync('php', ['-m'], { encoding: 'utf8' })
  if (status !== 0) return []
  const loaded = new Set(stdout.toLowerCase().split('\n'))
  return EXTENSIONS.filter((name) => !loaded.has(name)).map((name) => `PHP's extension ${name}`)
}

async function download(url: string, folder: string, name: string, variable: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const archive = join(folder, url.slice(url.lastIndexOf('/') + 1))
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(120_000) })
    if (!response.ok) throw new Error(`it was answered ${response.status}`)
    await writeFile(archive, new Uint8Array(await response.arrayBuffer()))
  } catch (error) {
    const reason = error instanceof Error ? String(error.cause ?? error.message) : String(error)
    throw new Error(
      `${name} is missing, and ${url} could not be downloaded (${reason}).\n` +
        `Unpack an official release anywhere and name its folder with ${variable}.`,
    )
  }
  if (archive.endsWith('.zip')) {
    const unzip = '$z = new ZipArchive; exit($z->open($argv[1]) === true && $z->extractTo($argv[2]) ? 0 : 1);'
    execFileSync('php', ['-r', unzip, archive, folder])
  } else {
    execFileSync('tar', ['-xzf', archive, '-C', folder])
  }
  return join(folder, name)
}
