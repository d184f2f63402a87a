/**
 * The figures of the table with their targets. An id is `part/system/what`. Systems that begin with `embedded` need no PostgreSQL.
 */
import type { Definition } from './figures.ts'

const less = (title: string, unit: string, target?: number, stretch?: number): Definition => ({
  title,
  unit,
  better: 'less',
  ...(target !== undefined && { target }),
  ...(stretch !== undefined && { stretch }),
})
const more = (title: string, unit: string, target?: number, stretch?: number): Definition => ({
  ...less(title, unit, target, stretch),
  better: 'more',
})
const counted = (definition: Definition): Definition => ({ ...definition, isCounted: true })

const NAMES = {
  embedded: 'embedded',
  'postgres-api': 'PostgreSQL, api alone',
  'postgres-worker': 'PostgreSQL, api with a worker beside it',
  'postgres-all': 'PostgreSQL, role all',
  postgres: 'PostgreSQL',
}

function receipts(system: keyof typeof NAMES, share: [number, number?], limits?: { p99: number; cpu: number }) {
  const title = `acknowledge, ${NAMES[system]}`
  return {
    [`receipts/${system}/share`]: more(`${title}: share of the empty POST's rate`, '%', ...share),
    [`receipts/${system}/rate`]: more(`${title}: events`, '1/s'),
    [`receipts/${system}/p99`]: less(`${title}: p99`, 'ms', limits?.p99),
    [`receipts/${system}/cpu`]: less(`${title}: server CPU over the empty POST`, 'ms', limits?.cpu),
  }
}

/** Figures that exist for both databases. */
function onEach(system: 'embedded' | 'postgres') {
  const on = NAMES[system]
  const isEmbedded = system === 'embedded'
  return {
    [`batches/${system}/rate`]: more(`acknowledge, batches of 100, ${on}: events`, '1/s', 12_000, 20_000),
    [`stream/${system}/seconds`]: less(`first sync and changes in batches, ${on}: searchable`, 's', 4, 2.5),
    [`stream/${system}/requests`]: counted(less(`the same, ${on}: embedding requests`, '', 40)),
    [`stream/${system}/inputs`]: counted(less(`the same, ${on}: embedding inputs`, '')),
    [`stream/${system}/repeats`]: counted(less(`the same, ${on}: inputs embedded twice`, '', 0)),
    [`stream/${system}/single-seconds`]: less(`the same one event a request, 8 connections, ${on}`, 's', 7, 4),
    [`stream/${system}/single-requests`]: counted(less(`one event a request, ${on}: embedding requests`, '', 60)),
    [`stream/${system}/single-cpu`]: less(`one event a request, ${on}: CPU an event`, 'ms', 2.5, 1.2),
    [`apply/${system}/rate`]: more(`price and stock changes, end to end, ${on}: events`, '1/s', 4_000, 8_000),
    [`apply/${system}/cpu`]: less(`price and stock changes, ${on}: CPU an event`, 'ms', 0.45, 0.25),
    [`one-edit/${system}/p50`]: less(`one edit, idle, acknowledged to searchable, ${on}: p50`, 'ms', 150, 110),
    [`one-edit/${system}/p99`]: less(`one edit, idle, acknowledged to searchable, ${on}: p99`, 'ms', 400),
    [`first-sync/${system}/rate`]: more(`first sync, offline, ${on}: products`, '1/s', 1_200, 3_000),
    [`first-sync/${system}/memory`]: less(
      `first sync, ${on}: highest PSS of the server`,
      'MB',
      ...(isEmbedded ? ([400, 260] as const) : []),
    ),
    [`first-sync/${system}/flat`]: less(`first sync, ${on}: PSS of the last quarter to the second`, '×', 1.2),
    [`growth/${system}/ratio`]: less(`CPU an event with a large log to a small one, ${on}`, '×', 1.15, 1.05),
    [`growth/${system}/cpu-small`]: less(`CPU an event, small log, ${on}`, 'ms'),
    [`growth/${system}/cpu-large`]: less(`CPU an event, large log, ${on}`, 'ms'),
    [`backlog-receipts/${system}/p99`]: less(`a receipt under a backlog, ${on}: p99`, 'ms', isEmbedded ? 150 : 60),
    [`backlog-receipts/${system}/p50`]: less(`a receipt under a backlog, ${on}: p50`, 'ms'),
  }
}

function langchain(variant: 'texts' | 'whole', title: string) {
  const system = `langchain-${variant}`
  return {
    [`stream/${system}/seconds`]: less(`LangChain, ${title}, same stream in batches: indexed`, 's'),
    [`stream/${system}/ratio`]: more(`LangChain, ${title}: its seconds to Fiko's on PostgreSQL`, '×'),
    [`stream/${system}/requests`]: counted(less(`LangChain, ${title}: embedding requests`, '')),
    [`stream/${system}/inputs`]: counted(less(`LangChain, ${title}: embedding inputs`, '')),
    [`stream/${system}/repeats`]: counted(less(`LangChain, ${title}: inputs embedded twice`, '')),
    [`stream/${system}/cpu`]: less(`LangChain, ${title}: CPU an event`, 'ms'),
  }
}

const limits = { p99: 20, cpu: 0.12 }

export const FIGURES: Record<string, Definition> = {
  ...receipts('embedded', [30]),
  'receipts/embedded-insert/share': more("naive INSERT, PGlite: share of the empty POST's rate", '%'),
  ...receipts('postgres-api', [40, 55], limits),
  'receipts/postgres-insert/share': more("naive INSERT, PostgreSQL: share of the empty POST's rate", '%'),
  ...receipts('postgres-all', [40, 55], limits),
  ...receipts('postgres-worker', [25, 40]),
  ...onEach('embedded'),
  ...onEach('postgres'),
  ...langchain('texts', 'texts only'),
  ...langchain('whole', 'price in the metadata'),
  'memory/postgres/idle': less('memory, api and worker on PostgreSQL, idle: PSS', 'MB', 150, 110),
  'memory/postgres/load': less('memory, api and worker on PostgreSQL, under load: PSS', 'MB', 300, 220),
  'start/embedded/first': less('start, embedded, first', 's', 5, 3),
  'start/embedded/warm': less('start, embedded, warm', 's', 1, 0.6),
}

export function definitionOf(id: string): Definition {
  const definition = FIGURES[id]
  if (!definition) throw new Error(`no figure has the id ${id}`)
  return definition
}

/** Ids of a part's figures on one kind of database, in the order of the table. */
export function idsOf(part: string, kind: 'embedded' | 'postgres'): string[] {
  return Object.keys(FIGURES).filter((id) => {
    const [itsPart, system = ''] = id.split('/')
    return itsPart === part && system.startsWith('embedded') === (kind === 'embedded')
  })
}
