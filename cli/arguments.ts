import { InvalidArgumentError } from 'commander'

/** An id or another whole number on the command line. */
export function idArgument(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

export const idOption = idArgument
