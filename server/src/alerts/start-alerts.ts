import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { runStage } from '../platform/runtime/stage-runner.ts'
import { botSender } from './channels/send-bot-message.ts'
import { emailSender } from './channels/send-email.ts'
import { webhookSender } from './channels/send-webhook.ts'
import { createAlertChecks } from './check-alerts.ts'
import type { TestResult } from './deliver-messages.ts'
import { createDelivering } from './deliver-messages.ts'
import { createSealer, type Sealer } from './seal-secret.ts'

/** The first check runs after 5 to 15 s, so that servers that start together do not check at once. */
const FIRST_CHECK_MS = [5_000, 15_000] as const
const CHECK_INTERVAL_MS = 30_000
/** Maximum wait of a stop for the check in progress. */
const STOP_TIMEOUT_MS = 5_000

interface Parts {
  db: Database
  log: Log
  metrics: Metrics
  config: Pick<
    Config,
    'databaseUrl' | 'dataDir' | 'alerts' | 'allowsPrivateAddresses' | 'publicUrl' | 'backups' | 'host' | 'port'
  >
  sessionSecret: string
}

export interface Alerts {
  sealer: Sealer
  /** One complete check of all sources, as every 30 s by itself. */
  check(): Promise<void>
  /** Sends the messages that are due, as every few seconds by itself. */
  deliver(): Promise<void>
  test(channelId: number): Promise<TestResult | null>
  stop(): Promise<void>
}

/**
 * Watches for problems and tells people about them, in processes of every role: when the workers are down, the others say so. With
 * `ALERTS=off` nothing runs by itself; the switch may change while the server runs.
 */
export function startAlerts({ db, log, metrics, config, sessionSecret }: Parts): Alerts {
  const sealer = createSealer(sessionSecret)
  const { alerts, allowsPrivateAddresses } = config
  const publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`
  const senders = {
    webhook: webhookSender({ allowsPrivate: allowsPrivateAddresses }),
    email: emailSender(() => alerts.smtp),
    telegram: botSender(alerts.telegramUrl),
    bale: botSender(alerts.baleUrl),
  }
  const checks = createAlertChecks({ db, log, config })
  const delivering = createDelivering({ db, log, metrics, sealer, senders, publicUrl })
  describeAlerts(db, metrics)
  const takeTurn = async () => (alerts.isOn ? await delivering.stage.takeTurn() : { nextAt: null })
  const runner = runStage({ ...delivering.stage, takeTurn }, log)
  const stopped = new AbortController()
  let inProgress: Promise<unknown> = Promise.resolve()
  const watch = async () => {
    const [soonest, latest] = FIRST_CHECK_MS
    for (
      let waitMs = soonest + Math.random() * (latest - soonest);
      !stopped.signal.aborted;
      waitMs = CHECK_INTERVAL_MS
    ) {
      await delay(waitMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
      if (stopped.signal.aborted) return
      if (!alerts.isOn) continue
      inProgress = checks
        .check()
        .then(() => runner.wake())
        .catch((error: unknown) => log.warn({ error: String(error) }, 'alerts.check_failed'))
      await inProgress
    }
  }
  void watch()
  return {
    sealer,
    check: () => checks.check(true),
    deliver: async () => {
      while ((await delivering.stage.takeTurn()) === 'more');
    },
    test: delivering.test,
    stop: async () => {
      stopped.abort()
      await Promise.race([inProgress, delay(STOP_TIMEOUT_MS, undefined, { ref: false })])
      await runner.stop()
    },
  }
}

/** Gauges of alerts and of the outbox, equal in each process. */
function describeAlerts(db: Database, metrics: Metrics): void {
  metrics.gauge('fiko_open_alerts', 'Open alerts by kind', ['kind'], async (gauge) => {
    const rows = await db.service.query<{ kind: string; count: number }>(
      'select kind, count(*)::int as count from alerts where closed_at is null group by kind',
    )
    gauge.reset()
    for (const { kind, count } of rows) gauge.set({ kind }, count)
  })
  metrics.gauge('fiko_alert_messages_waiting', 'Messages of alerts that are not delivered yet', [], async (gauge) => {
    const [row] = await db.service.query<{ count: number }>(
      `select count(*)::int as count from alert_messages where status = 'waiting'`,
    )
    gauge.set(row?.count ?? 0)
  })
}
