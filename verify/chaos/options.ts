/** The size of a campaign, and its system. */
export interface Options {
  seed: number
  databases: ('postgres' | 'embedded')[]
  /** The usual design in the server's place; on PostgreSQL only. */
  naive: boolean
  postgres: Scale
  embedded: Scale
}

export interface Scale {
  /** Different events; repeated ones come on top. */
  events: number
  /** `kill -9` of a server process. On PostgreSQL there is one immediate restart of the database for every ten. */
  kills: number
  tenants: number
}

export const USAGE = `Usage: npm run chaos -- [--database=postgres|embedded] [--seed=N] [--events=N] [--kills=N] [--long] [--naive]
  --events and --kills are those of PostgreSQL; the embedded database gets a share of them
  --long   the published campaign: 100,000 events of 10 tenants, 200 kills, 20 immediate restarts of the database
  --naive  the same campaign to the usual design (verify/chaos/naive), beside the figures of this server`

const SHORT = { events: 8_000, kills: 20, tenants: 4 }
const LONG = { events: 100_000, kills: 200, tenants: 10 }
/** The embedded campaign has one process: it cannot be killed as often in the time, nor keep up with as many events. */
const EMBEDDED_SHARE = { events: 0.25, kills: 0.4 }
const LONG_EMBEDDED_SHARE = { events: 0.1, kills: 0.2 }

/** Reads the command line. @throws {Error} at anything that is not understood */
export function readOptions(given: string[]): Options {
  const options = new Map(
    given.map((argument) => {
      const [name = '', value] = argument.split('=', 2)
      return [name, value] as const
    }),
  )
  const isLong = options.has('--long')
  const scale = isLong ? LONG : SHORT
  const share = isLong ? LONG_EMBEDDED_SHARE : EMBEDDED_SHARE
  const events = count(options.get('--events'), scale.events)
  const kills = count(options.get('--kills'), scale.kills)
  const database = options.get('--database')
  const naive = options.has('--naive')
  const isKnown = (name: string) =>
    ['--long', '--naive'].includes(name)
      ? options.get(name) === undefined
      : ['--seed', '--events', '--kills', '--database'].includes(name) && Boolean(options.get(name))
  if (![...options.keys()].every(isKnown)) throw new Error(USAGE)
  if (database !== undefined && database !== 'postgres' && database !== 'embedded') throw new Error(USAGE)
  return {
    seed: count(options.get('--seed'), Math.trunc(Math.random() * 1_000_000) + 1),
    databases: naive ? ['postgres'] : database ? [database] : ['postgres', 'embedded'],
    naive,
    postgres: { events, kills, tenants: scale.tenants },
    embedded: {
      events: Math.ceil(events * share.events),
      kills: Math.ceil(kills * share.kills),
      tenants: scale.tenants,
    },
  }
}

function count(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000) throw new Error(USAGE)
  return value
}
