/**
 * `npm run audit:dependencies`: known vulnerabilities of our packages in the registry, first those that run in production, then
 * all. It is a report, not a gate: the exit code is always 0, and the report states when the registry cannot be reached.
 */
import { spawnSync } from 'node:child_process'

interface Finding {
  name: string
  severity: string
  isDirect: boolean
  range: string
  via: (string | { title: string; url: string })[]
  fixAvailable: boolean | { name: string; version: string; isSemVerMajor: boolean }
}

interface Report {
  vulnerabilities?: Record<string, Finding>
  message?: string
  error?: { code?: string; summary?: string; detail?: string }
}

const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info']

for (const [title, options] of [
  ['In production', ['--omit=dev']],
  ['All, with what only develops and tests', []],
] as const) {
  console.log(`## ${title}\n`)
  console.log(`${describe(audit(options))}\n`)
}

function audit(options: readonly string[]): Report {
  const { stdout, error } = spawnSync('npm', ['audit', '--json', ...options], {
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 50_000_000,
    shell: process.platform === 'win32',
  })
  if (error) return { message: error.message }
  try {
    return JSON.parse(stdout) as Report
  } catch {
    return { message: `npm audit gave no report: ${stdout.trim().slice(0, 300) || 'it printed nothing'}` }
  }
}

function describe({ vulnerabilities, message, error }: Report): string {
  if (!vulnerabilities) {
    const reason = message ?? error?.summary ?? error?.code ?? 'it did not say why'
    return `Not known: the registry did not answer the question (${reason}).\nA mirror may not offer it (405), or there is no network. Ask again where the public registry can be reached.`
  }
  const findings = Object.values(vulnerabilities).sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.name.localeCompare(b.name),
  )
  if (findings.length === 0) return 'Nothing is known against any of them.'
  return findings
    .map((finding) => `- ${finding.severity}: ${finding.name} ${finding.range}\n${advice(finding)}`)
    .join('\n')
}

function advice({ via, isDirect, fixAvailable }: Finding): string {
  const causes = via.map((cause) => (typeof cause === 'string' ? `by ${cause}` : `${cause.title} (${cause.url})`))
  const what =
    fixAvailable === false
      ? 'no fixed version yet: see whether what is vulnerable is used at all'
      : fixAvailable === true
        ? 'npm audit fix'
        : `${fixAvailable.name}@${fixAvailable.version}${fixAvailable.isSemVerMajor ? ', which is a major change' : ''}`
  return [...causes, `${isDirect ? 'ours' : 'of a dependency'}; advice: ${what}`]
    .map((line) => `    ${line}`)
    .join('\n')
}
