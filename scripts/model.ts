/**
 * `npm run model`: the model-based test with 2,000 shops, half of them on each database.
 * `npm run model -- --runs=100 --database=postgres --seed=1 --path=3`: some, on one, or the run that failed again.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const FLAG = /^--(runs|database|seed|path)=(\S+)$/
const words = process.argv.slice(2).map((word) => FLAG.exec(word))
const given = Object.fromEntries(words.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : [])))
if (words.includes(null) || !['embedded', 'postgres', undefined].includes(given.database)) {
  console.error('Usage: npm run model -- [--runs=2000] [--database=embedded|postgres] [--seed=N] [--path=N]')
  process.exit(2)
}

const databases = given.database ? [given.database] : ['embedded', 'postgres']
const test = spawn(
  process.execPath,
  ['scripts/test.ts', ...databases.map((name) => `--project=${name}`), 'verify/suite/products/model.test.ts'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      MODEL_RUNS: String(Math.ceil(Number(given.runs ?? 2000) / databases.length)),
      ...(given.seed && { MODEL_SEED: given.seed }),
      ...(given.path && { MODEL_PATH: given.path }),
    },
  },
)
const [code] = await once(test, 'exit')
process.exitCode = code ?? 1
