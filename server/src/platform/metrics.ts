import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The process's Prometheus metrics. A slice makes its own with these; `/metrics` shows them all. */
export interface Metrics {
  registry: Registry
  counter(name: string, help: string, labels?: string[]): Counter
  histogram(name: string, help: string, buckets: number[], labels?: string[]): Histogram
  /** A gauge read when `/metrics` is asked for. */
  gauge(name: string, help: string, labels: string[], collect: (gauge: Gauge) => Promise<void>): Gauge
}

/** A registry of its own for each server, so that two in one process (as in tests) do not count each other's work. */
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
