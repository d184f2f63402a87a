import { pino } from 'pino'

export type Log = pino.Logger

/**
 * The one logger: JSON lines on standard output, one wide line for each unit of work. Anything that could carry a
 * credential is removed by name here, whoever logs it; text values are cut at 2,000 characters so that a line is bounded.
 */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['authorization', '*.authorization', 'token', '*.token', 'password', '*.password', 'cookie', '*.cookie'],
      remove: true,
    },
    formatters: {
      level: (label) => ({ level: label }),
      log: (line) => {
        for (const [key, value] of Object.entries(line)) {
          if (typeof value === 'string' && value.length > 2000) line[key] = `${value.slice(0, 2000)}…`
        }
        return line
      },
    },
  })
}
