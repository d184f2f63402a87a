import { createInterface } from 'node:readline/promises'
import { CommandError, EXIT } from './connection.ts'

/** Asks before something that cannot be undone; a script has to say `--yes`. @throws {CommandError} when the answer is no */
export async function confirm(question: string, isYes: boolean): Promise<void> {
  if (isYes) return
  if (!process.stdin.isTTY) throw new CommandError(`${question} Say --yes to do it without being asked.`, EXIT.usage)
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await prompt.question(`${question} [y/N] `)
  prompt.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Nothing was done.', EXIT.refused)
}
