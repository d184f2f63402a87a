import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The Prometheus metrics of the process. Each slice registers its own; `/metrics` returns all of them. */
export interface Metrics {
  registry: Registry
  counter(name: string, help: string, labels?: string[]): Counter
  histogram(name: string, help: string, buckets: number[], labels?: string[]): Histogram
  /** A gauge that is read on each request of `/metrics`. */
  gauge(name: string, help: string, labels: string[], collect: (gauge: Gauge) => Promise<void>): Gauge
}

/** Creates a registry per server, so that two servers in one process (as in tests) have separate metrics. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    counter: (name, help, labelNames = []) => new Counter({ name, help, labelNames, registers }),
    histogram: (name, help, buckets, labelNames = []) => new Histogram({ name, help, buckets, labelNames, registers }),
    gauge: (name, help, labelNames, collect) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        async collect() {
          await collect(this as unknown as Gauge)
        },
      }),
  }
}
