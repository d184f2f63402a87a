/**
 * Preloaded into server processes of the demo, the benchmark and the fault campaign (`server-process.ts`): they end when whoever
 * started them does, by whatever signal, because the channel between the two then closes.
 *
 * By SIGKILL, because `process.exit` first flushes the log, and with nobody reading that tries for ever.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
