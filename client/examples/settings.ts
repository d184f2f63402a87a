/** The settings of the examples, from the environment. */
const VARIABLES = {
  url: 'FIKO_URL',
  token: 'FIKO_TOKEN',
  chatUrl: 'OPENAI_BASE_URL',
  chatKey: 'OPENAI_API_KEY',
  chatModel: 'CHAT_MODEL',
}

export type Setting = keyof typeof VARIABLES

/** The values of these settings, addresses without a slash at the end. Ends the program, with a sentence, when one is not set. */
export function settingsOf<Name extends Setting>(names: Name[]): Record<Name, string> {
  const missing = names.map((name) => VARIABLES[name]).filter((variable) => !process.env[variable])
  if (missing.length > 0) {
    console.error(`Set ${missing.join(', ')} first.`)
    process.exit(2)
  }
  const values = names.map((name) => [name, (process.env[VARIABLES[name]] ?? '').replace(/\/+$/, '')])
  return Object.fromEntries(values) as Record<Name, string>
}
