/**
 * Preloaded into server processes of the demo, the benchmark and the fault campaign (`server-process.ts`). They end when their
 * parent ends by any signal, because the channel between the two processes then closes.
 *
 * By SIGKILL, because `process.exit` first flushes the log, and without a reader that never ends.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
