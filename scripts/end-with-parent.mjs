/**
 * Preloaded into server processes of the demo, the benchmark and the fault campaign (`server-process.ts`): they end when whoever
 * started them does, by whatever signal, because the channel between the two then closes.
 */
process.on('disconnect', () => process.exit(1))
