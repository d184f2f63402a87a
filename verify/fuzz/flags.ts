/** The words of the two commands here: how many, which seed, on which database. */
export interface Flags {
  count: number
  seed: number
  databases: ('embedded' | 'postgres')[]
}

/** Reads this process's arguments; what is not known ends it with the usage. `defaults` names the flag of the count. */
export function readFlags(command: string, defaults: Record<string, number>): Flags {
  const [[name, count] = ['count', 0]] = Object.entries(defaults)
  const flags: Flags = { count, seed: 1 + Math.floor(Math.random() * 1e6), databases: ['embedded', 'postgres'] }
  for (const word of process.argv.slice(2)) {
    const [flag, value = ''] = word.split('=')
    if (flag === `--${name}` && Number(value) > 0) flags.count = Number(value)
    else if (flag === '--seed' && Number(value) > 0) flags.seed = Number(value)
    else if (flag === '--database' && (value === 'embedded' || value === 'postgres')) flags.databases = [value]
    else {
      console.error(`Usage: npm run ${command} -- [--${name}=${count}] [--seed=N] [--database=embedded|postgres]`)
      process.exit(2)
    }
  }
  return flags
}
