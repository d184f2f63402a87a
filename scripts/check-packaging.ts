/**
 * `npm run packaging:check`: checks the files in packaging/ with the programs that read them: promtool, nginx, Caddy, systemd,
 * npm with a registry. A program that is not installed is listed as not checked, which is no failure. The container is not built.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'fiko-packaging-'))
// Debian keeps nginx where only root looks.
const PATH = [process.env.PATH, '/usr/sbin'].join(delimiter)
let failures = 0

check('alert rules fire as their tests say', 'promtool', () =>
  run('promtool', ['test', 'rules', 'alerts.test.yaml'], 'packaging/prometheus'),
)
check('Prometheus takes its settings', 'promtool', () =>
  run('promtool', ['check', 'config', '--lint=all', 'prometheus.yaml'], 'packaging/prometheus'),
)
check('nginx takes its file', 'nginx', () => checkNginx())
check('Caddy takes its file', 'caddy', () =>
  run('caddy', ['validate', '--adapter', 'caddyfile', '--config', 'packaging/caddy/Caddyfile']),
)
check('systemd takes the units, and finds them shut in', 'systemd-analyze', () => checkUnits())
check('npm installs the packed file, and npx runs it', 'npm', () => checkInstall())
check('npm ci --omit=dev installs no development tool', 'npm', () => checkProductionInstall())
console.log('not checked   Dockerfile and compose.yaml: nothing here builds them')

rmSync(folder, { recursive: true })
process.exitCode = failures > 0 ? 1 : 0

type Verdict = { isGood: boolean; said: string }

function check(title: string, program: string, look: () => Verdict): void {
  const { error } = spawnSync(program, ['--help'], { env: { ...process.env, PATH }, stdio: 'ignore' })
  if (error) {
    console.log(`not checked   ${title}: ${program} is not installed`)
    return
  }
  const { isGood, said } = look()
  if (!isGood) failures += 1
  console.log(`${isGood ? 'ok           ' : 'FAILED       '} ${title}${isGood ? '' : `\n${said}`}`)
}

function run(program: string, args: string[], cwd = '.'): Verdict {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, PATH } })
  return { isGood: status === 0, said: stdout + stderr }
}

/** The file as it is, with a certificate made here in the place of yours. */
function checkNginx(): Verdict {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const made = run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=sync.example.com'],
    ...['-keyout', key, '-out', certificate],
  ])
  if (!made.isGood) return made
  const site = readFileSync('packaging/nginx/fiko.conf', 'utf8')
    .replace(/\S+\/fullchain\.pem/, certificate)
    .replace(/\S+\/privkey\.pem/, key)
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `pid ${folder}/pid; error_log stderr; events {}\nhttp { access_log off; ${places.join(' ')}\n${site}}\n`,
  )
  return run('nginx', ['-t', '-q', '-e', 'stderr', '-c', join(folder, 'nginx.conf')])
}

/** `verify` insists that the program is there, which it is only where it was installed. */
function checkUnits(): Verdict {
  const units = ['fiko.service', 'fiko-worker.service'].map((name) => {
    const unit = readFileSync(`packaging/systemd/${name}`, 'utf8').replace('/opt/fiko/bin/fiko', '/bin/true')
    writeFileSync(join(folder, name), unit)
    return join(folder, name)
  })
  const verified = run('systemd-analyze', ['verify', ...units])
  if (!verified.isGood || verified.said !== '') return { isGood: false, said: verified.said }
  // From 0 (shut in) to 10 (may do anything), times ten.
  return run('systemd-analyze', ['security', '--offline=true', '--threshold=20', ...units])
}

/** Installs the package as a user with the file and a registry. */
function checkInstall(): Verdict {
  const packed = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder])
  if (!packed.isGood) return packed
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  const tarball = join(folder, packed.said.trim().split('\n').at(-1) ?? '')
  const installed = run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], empty)
  return installed.isGood ? run('npx', ['--no-install', 'fiko', '--help'], empty) : installed
}

/** As the image installs its packages: what is then there is what the lock file counts as production, on this machine. */
function checkProductionInstall(): Verdict {
  const place = join(folder, 'production')
  mkdirSync(place)
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(file, join(place, file))
  const installed = run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], place)
  if (!installed.isGood) return installed
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean }>
  }
  const tools = Object.keys(packages).filter((path) => packages[path]?.dev && existsSync(join(place, path)))
  return { isGood: tools.length === 0, said: `installed: ${tools.join(', ')}` }
}
