import { pino } from 'pino'

export type Log = pino.Logger

/**
 * Creates the logger: JSON lines on standard output, one wide line per unit of work. Fields that may contain credentials are
 * removed by name; strings are cut at 2,000 characters.
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
