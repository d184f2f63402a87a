/**
 * `npm run bench:search`: how good the search is, against usual ways to search. README.md explains the figures.
 * `-- --database=postgres` measures on PostgreSQL; `-- --model` uses the embedding model that the environment names;
 * `-- --show=ours` lists the queries of the tuning split with what went wrong.
 */
import { createRandom } from '../../../scripts/random.ts'
import { missingForThrowawayPostgres, startThrowawayPostgres } from '../../../scripts/throwaway-postgres.ts'
import { openEmbedded, openPostgres, startBenchServer } from '../bench-servers.ts'
import { quantile, table } from '../report.ts'
import { bm25, miniSearch, postgresFullText } from './baselines.ts'
import { makeCatalogue } from './catalogue.ts'
import { mean, ndcg, pairedBootstrap, recall, reciprocalRank } from './metrics.ts'
import { CLASSES, type JudgedQuery, judgedQueries, type Slip } from './queries.ts'
import { type Found, loadProducts, ourServer, type System } from './systems.ts'

const DEPTH = 20
const BOOTSTRAP_SEED = 20_261_126
const MODEL_SETTINGS = ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'EMBEDDING_MODEL', 'EMBEDDING_DIMENSIONS']
const SPLITS = ['tune', 'held-out'] as const

/** The answers of one system, in the order of the queries. */
interface Measured {
  name: string
  answers: (Found & { ms: number })[]
}

await run(process.argv.slice(2))

async function run(given: string[]): Promise<void> {
  const value = (flag: string) => given.find((one) => one.startsWith(`--${flag}=`))?.slice(flag.length + 3)
  const kind = value('database') ?? 'embedded'
  if (kind !== 'embedded' && kind !== 'postgres') {
    console.error('Usage: npm run bench:search -- [--database=embedded|postgres] [--model] [--show=SYSTEM]')
    process.exit(2)
  }
  const { products } = makeCatalogue()
  const queries = judgedQueries()
  console.log(`${products.length} products, ${queries.length} queries, database ${kind}\n`)

  const missing = process.env.DATABASE_URL ? undefined : missingForThrowawayPostgres()
  const cluster = process.env.DATABASE_URL || missing ? undefined : await startThrowawayPostgres()
  const postgresUrl = process.env.DATABASE_URL ?? cluster?.url
  if (!postgresUrl) console.log(`PostgreSQL's full text left out: ${missing}.\n`)
  const database = kind === 'postgres' ? await openPostgres(postgresUrl) : openEmbedded()
  try {
    const installation = await database.create()
    try {
      const model = given.includes('--model')
        ? { EMBEDDING_PROVIDER: 'openai', ...pick(MODEL_SETTINGS) }
        : { EMBEDDING_PROVIDER: 'offline' }
      const server = await startBenchServer(installation.settings, model)
      try {
        const seconds = await loadProducts(server, products)
        console.log(`All products were searchable after ${seconds.toFixed(1)} s.\n`)
        const systems: System[] = [
          ...(postgresUrl ? [await postgresFullText(products, postgresUrl)] : []),
          bm25(products),
          miniSearch(products),
          ...(await ourServer(server)),
        ]
        const measured: Measured[] = []
        for (const system of systems) {
          measured.push(await measure(system, queries))
          await system.close()
        }
        report(queries, measured)
        const shown = measured.find(({ name }) => name === value('show'))
        if (shown) show(queries, shown)
      } finally {
        await server.stop()
      }
    } finally {
      await installation.remove()
    }
  } finally {
    await database.close()
    await cluster?.stop()
  }
}

function pick(names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function measure(system: System, queries: JudgedQuery[]): Promise<Measured> {
  // The first queries of a process are slower; they are asked once before.
  for (const query of queries.slice(0, 20)) await system.search(query.text, DEPTH)
  const answers: Measured['answers'] = []
  for (const query of queries) {
    const before = performance.now()
    const found = await system.search(query.text, DEPTH)
    answers.push({ ...found, ms: performance.now() - before })
  }
  return { name: system.name, answers }
}

function report(queries: JudgedQuery[], measured: Measured[]): void {
  const names = measured.map(({ name }) => name)
  const digits = (score: number) => (Number.isNaN(score) ? '–' : score.toFixed(3))
  /** The mean of a measure over the queries that a condition chooses. */
  const over = (system: Measured, score: typeof ndcg, chosen: (query: JudgedQuery) => boolean) =>
    mean(
      queries.flatMap((query, i) =>
        query.grades.size > 0 && chosen(query) ? [score(system.answers[i]?.ids ?? [], query.grades)] : [],
      ),
    )
  const answerable = CLASSES.filter((name) => name !== 'unanswerable')
  for (const split of SPLITS) {
    const measures: [string, typeof ndcg][] = [
      ['nDCG@10', ndcg],
      ['recall@20', recall],
      ['MRR', reciprocalRank],
    ]
    for (const [title, score] of measures) {
      const inSplit = (query: JudgedQuery) => query.split === split
      const byClass = measured.map((system) =>
        answerable.map((name) => over(system, score, (query) => inSplit(query) && query.class === name)),
      )
      const count = (chosen: (query: JudgedQuery) => boolean) =>
        String(queries.filter((query) => query.grades.size > 0 && inSplit(query) && chosen(query)).length)
      const rows = answerable.map((name, i) => [
        name,
        count((query) => query.class === name),
        ...byClass.map((scores) => digits(scores[i] ?? Number.NaN)),
      ])
      rows.push(['mean of the classes', '', ...byClass.map((scores) => digits(mean(scores)))])
      for (const language of ['fa', 'en', 'mixed'] as const) {
        const ofLanguage = (query: JudgedQuery) => query.language === language
        const scores = measured.map((system) => over(system, score, (query) => inSplit(query) && ofLanguage(query)))
        rows.push([`language ${language}`, count(ofLanguage), ...scores.map(digits)])
      }
      console.log(`### ${title}, ${split}\n\n${table(['class', 'queries', ...names], rows)}\n`)
    }
  }

  const share = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`)
  const rows: string[][] = []
  for (const split of SPLITS) {
    const at = (chosen: (query: JudgedQuery) => boolean) =>
      queries.flatMap((query, i) => (query.split === split && chosen(query) ? [i] : []))
    const none = at((query) => query.grades.size === 0)
    const some = at((query) => query.grades.size > 0)
    const skus = at((query) => query.class === 'exact SKU')
    const says = (system: Measured) => system.answers.some(({ answered }) => answered === true)
    const refuses = (system: Measured, i: number) => {
      const answer = system.answers[i]
      return answer?.answered === false || answer?.ids.length === 0
    }
    rows.push(
      [
        `says \`answered\`, ${split}`,
        ...measured.map((system) => (says(system) ? 'yes' : 'no, an empty answer counts')),
      ],
      [
        `not sold here, said so, ${split} (${none.length})`,
        ...measured.map((system) => share(none.filter((i) => refuses(system, i)).length, none.length)),
      ],
      [
        `sold here, wrongly refused, ${split} (${some.length})`,
        ...measured.map((system) => share(some.filter((i) => refuses(system, i)).length, some.length)),
      ],
      [
        `exact SKU first, ${split} (${skus.length})`,
        ...measured.map((system) =>
          share(skus.filter((i) => queries[i]?.grades.has(system.answers[i]?.ids[0] ?? 0)).length, skus.length),
        ),
      ],
    )
    for (const slip of ['one slip', 'several slips', 'wrong layout'] as const) {
      const scoreOf = (system: Measured, wanted: Slip) =>
        over(system, ndcg, (query) => query.split === split && query.slip === wanted)
      rows.push([
        `${slip}: nDCG of its clean form, ${split}`,
        ...measured.map((system) => digits(scoreOf(system, slip) / scoreOf(system, 'clean'))),
      ])
    }
  }
  for (const part of [0.5, 0.95])
    rows.push([
      `latency p${part * 100}, ms`,
      ...measured.map(({ answers }) =>
        quantile(
          answers.map(({ ms }) => ms),
          part,
        ).toFixed(1),
      ),
    ])
  console.log(`### Honesty, identifiers, misspellings, latency\n\n${table(['', ...names], rows)}\n`)

  const ours = measured.find(({ name }) => name === 'ours')
  if (!ours) return
  const random = createRandom(BOOTSTRAP_SEED)
  const compared = measured
    .filter((system) => system !== ours)
    .flatMap((system) =>
      SPLITS.map((split) => {
        const scores = (one: Measured) =>
          queries.flatMap((query, i) =>
            query.split === split && query.grades.size > 0 ? [ndcg(one.answers[i]?.ids ?? [], query.grades)] : [],
          )
        const { difference, low, high, p } = pairedBootstrap(scores(ours), scores(system), random.below)
        const signed = (number: number) => `${number < 0 ? '' : '+'}${number.toFixed(3)}`
        return [
          system.name,
          split,
          signed(difference),
          `${signed(low)} to ${signed(high)}`,
          p < 0.001 ? '< 0.001' : p.toFixed(3),
        ]
      }),
    )
  console.log(
    `### Ours minus others, nDCG@10 over all answerable queries, paired bootstrap\n\n${table(['compared with', 'split', 'difference', '95 %', 'p'], compared)}\n`,
  )
}

/** Only the tuning split: the other one stays unseen. */
function show(queries: JudgedQuery[], { name, answers }: Measured): void {
  const names = new Map(makeCatalogue().facts.map((facts) => [facts.id, facts.name]))
  console.log(`### ${name}, queries of the tuning split, worst first\n`)
  const scored = queries.flatMap((query, i) => {
    const ids = answers[i]?.ids ?? []
    if (query.split !== 'tune') return []
    return [{ query, ids, score: query.grades.size > 0 ? ndcg(ids, query.grades) : ids.length === 0 ? 1 : 0 }]
  })
  for (const { query, ids, score } of scored.sort((a, b) => a.score - b.score)) {
    console.log(`${score.toFixed(2)} ${query.class}: ${query.text} (${query.grades.size} graded)`)
    for (const id of ids.slice(0, 5)) console.log(`    ${query.grades.get(id) ?? 0} ${names.get(id)}`)
  }
}
