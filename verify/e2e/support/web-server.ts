/** The web servers of the shops: PHP's own, and PHP-FPM behind nginx. Both listen on this machine only. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LeashedProcess, startLeashed } from './leashed-process.ts'
import { type PhpEnvironment, phpOptions, phpSettings, systemEnvironment } from './php.ts'
import { fpmCommand } from './requirements.ts'
import { waitFor } from './wait-for.ts'
import { wordpressFolder } from './wordpress-folder.ts'

export type ServerKind = 'php' | 'fpm'

export interface WebServer {
  stop(): Promise<void>
}

/** A file of the shops' own: what a copy of WordPress holds beside its PHP files differs. */
export const ALIVE_FILE = 'e2e-alive.php'
export const ALIVE = 'PHP answers'

/** Requests at once. The plugin's cron waits for a request that the shop makes to itself, while a visitor looks at a page. */
const WORKERS = 5

export async function serve(kind: ServerKind, env: PhpEnvironment, port: number): Promise<WebServer> {
  const servers = kind === 'fpm' ? await startFpm(env, port) : [startPhpServer(env, port)]
  const stop = async () => {
    for (const server of servers) await server.stop()
  }
  try {
    await waitUntilAlive(servers, port)
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

async function waitUntilAlive(servers: LeashedProcess[], port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/${ALIVE_FILE}`
  let answer = ''
  const isAlive = async () => {
    const ended = servers.find((server) => server.hasEnded())
    if (ended) throw new Error(`a web server ended: ${ended.said()}`)
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      const text = await response.text()
      answer = `${url} answered ${response.status}: ${text.slice(0, 300)}`
      return text === ALIVE
    } catch (error) {
      answer = `${url}: ${error instanceof Error ? (error.cause ?? error.message) : error}`
      return false
    }
  }
  await waitFor('the web server to answer', isAlive, 30_000, () => answer)
}

function startPhpServer(env: PhpEnvironment, port: number): LeashedProcess {
  // A network's sites are folders that do not exist: a router says what their addresses mean.
  const router = env.E2E_NETWORK ? [join(wordpressFolder, 'network-router.php')] : []
  return startLeashed(['php', ...phpOptions(env), '-S', `127.0.0.1:${port}`, '-t', env.E2E_SITE, ...router], {
    ...systemEnvironment(),
    ...env,
    // The first process answers as well.
    PHP_CLI_SERVER_WORKERS: String(WORKERS - 1),
  })
}

/** PHP-FPM and nginx, each with its configuration, socket and pid file in the shop's folder. */
async function startFpm(env: PhpEnvironment, port: number): Promise<LeashedProcess[]> {
  const command = fpmCommand()
  if (!command) throw new Error('no php-fpm was found')
  const folder = join(env.E2E_FOLDER, 'server')
  await mkdir(join(folder, 'logs'), { recursive: true })
  const [fpmConfig, nginxConfig] = [join(folder, 'fpm.conf'), join(folder, 'nginx.conf')]
  const socket = join(folder, 'fpm.sock')
  await writeFile(fpmConfig, fpmConfiguration(folder, socket, env))
  await writeFile(nginxConfig, nginxConfiguration(folder, socket, env.E2E_SITE, port))
  const asRoot = process.getuid?.() === 0 ? ['--allow-to-run-as-root'] : []
  return [
    startLeashed([command, '--nodaemonize', ...asRoot, '--fpm-config', fpmConfig], { ...systemEnvironment(), ...env }),
    startLeashed(['nginx', '-p', folder, '-e', join(folder, 'nginx.log'), '-c', nginxConfig], systemEnvironment()),
  ]
}

function fpmConfiguration(folder: string, socket: string, env: PhpEnvironment): string {
  const settings = Object.entries(phpSettings(env)).map(([name, value]) => `php_admin_value[${name}] = ${value}`)
  const user = process.getuid?.() === 0 ? ['user = root', 'group = root'] : []
  return [
    '[global]',
    `error_log = ${folder}/fpm.log`,
    `pid = ${folder}/fpm.pid`,
    '[shop]',
    ...user,
    `listen = ${socket}`,
    'pm = static',
    `pm.max_children = ${WORKERS}`,
    // The environment says which shop it is.
    'clear_env = no',
    'catch_workers_output = yes',
    ...settings,
    '',
  ].join('\n')
}

function nginxConfiguration(folder: string, socket: string, site: string, port: number): string {
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const parameters = {
    SCRIPT_FILENAME: '$document_root$fastcgi_script_name',
    SCRIPT_NAME: '$fastcgi_script_name',
    DOCUMENT_ROOT: '$document_root',
    REQUEST_URI: '$request_uri',
    DOCUMENT_URI: '$document_uri',
    QUERY_STRING: '$query_string',
    REQUEST_METHOD: '$request_method',
    CONTENT_TYPE: '$content_type',
    CONTENT_LENGTH: '$content_length',
    SERVER_PROTOCOL: '$server_protocol',
    REQUEST_SCHEME: '$scheme',
    SERVER_SOFTWARE: 'nginx',
    REMOTE_ADDR: '$remote_addr',
    SERVER_ADDR: '$server_addr',
    SERVER_PORT: '$server_port',
    SERVER_NAME: '127.0.0.1',
    REDIRECT_STATUS: '200',
  }
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
${user}
events { worker_connections 128; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  types { text/css css; text/javascript js; image/png png; image/jpeg jpg jpeg; image/svg+xml svg; }
  client_max_body_size 40m;
  server {
    listen 127.0.0.1:${port};
    root ${site};
    index index.php;
    location / { try_files $uri $uri/ /index.php?$args; }
    location ~ \\.php$ {
      try_files $uri =404;
      fastcgi_pass unix:${socket};
      fastcgi_read_timeout 120;
      ${Object.entries(parameters)
        .map(([name, value]) => `fastcgi_param ${name} ${value};`)
        .join('\n      ')}
    }
  }
}
`
}
