import { agentRoutes } from './agents/agent-routes.ts'
import { alertRoutes } from './alerts/alert-routes.ts'
import { channelRoutes } from './alerts/channel-routes.ts'
import { sendTestMail } from './alerts/send-test-mail.ts'
import { type Alerts, startAlerts } from './alerts/start-alerts.ts'
import { productRoutes } from './catalog/products/product-routes.ts'
import { deadLetterRoutes } from './events/dead-letters/dead-letter-routes.ts'
import { eventRoutes } from './events/event-routes.ts'
import { eventStreamRoutes } from './events/event-stream-routes.ts'
import { feedRoutes } from './feeds/feed-routes.ts'
import { serveFeeds } from './feeds/serve-feeds.ts'
import { torobRoutes } from './feeds/torob/torob-routes.ts'
import { freshnessRoutes } from './freshness/freshness-routes.ts'
import { ensurePartitions } from './ingest/partitions.ts'
import { receiveRoutes } from './ingest/receive-routes.ts'
import { budgetRoutes } from './knowledge/cost/budget-routes.ts'
import { costRoutes } from './knowledge/cost/cost-routes.ts'
import { createPrices } from './knowledge/cost/prices.ts'
import { followModel } from './knowledge/model-in-use.ts'
import { modelRoutes } from './knowledge/model-routes.ts'
import { profileRoutes } from './knowledge/profile-routes.ts'
import { releaseAllLeases } from './knowledge/vector-store.ts'
import { type Maintenance, maintenanceTasks, startMaintenance } from './maintenance.ts'
import { clearBackups, createBackupCopies } from './operations/backup/backup-copies.ts'
import { DASHBOARD_FOLDER, openDashboard } from './operations/dashboard-routes.ts'
import { healthRoutes } from './operations/health-routes.ts'
import { operatorRoutes } from './operations/operator-routes.ts'
import {
  createScheduledBackups,
  describeBackups,
  type ScheduledBackups,
} from './operations/scheduled-backups/scheduled-backups.ts'
import { followSettings } from './operations/settings/follow-settings.ts'
import { settingsRoutes } from './operations/settings/settings-routes.ts'
import { startUpdateCheck, type UpdateCheck } from './operations/settings/update-check.ts'
import { tenantRoutes } from './operations/tenant-routes.ts'
import { overviewRoutes } from './overview/overview-routes.ts'
import { runPipeline } from './pipeline.ts'
import { type Config, ConfigError } from './platform/config.ts'
import { type Database, openDatabase } from './platform/db/database.ts'
import { migrate } from './platform/db/migrate.ts'
import { openReads } from './platform/db/read-replica.ts'
import { createHttp, type Http } from './platform/http/http.ts'
import type { Log } from './platform/log.ts'
import { createMetrics } from './platform/metrics.ts'
import { startQueue } from './platform/runtime/queue.ts'
import { measureReceivingLoad } from './platform/runtime/receiving-load.ts'
import { createTextSealer } from './platform/seal-text.ts'
import { documentRoutes } from './plugin-api/document-routes.ts'
import { downloadRoutes } from './plugin-api/download-routes.ts'
import { driftRoutes } from './plugin-api/drift-routes.ts'
import { PLUGIN_FOLDER } from './plugin-api/plugin-zip.ts'
import { reconcileRoutes } from './plugin-api/reconcile-routes.ts'
import { reportRoutes } from './plugin-api/report-routes.ts'
import { resendRoutes } from './plugin-api/resend-routes.ts'
import { shopRoutes } from './plugin-api/shop-routes.ts'
import { feedbackRoutes } from './questions/feedback-routes.ts'
import { createQuestionLog } from './questions/question-log.ts'
import { questionRoutes } from './questions/question-routes.ts'
import { createCurations } from './search/curation/curation.ts'
import { curationRoutes } from './search/curation/curation-routes.ts'
import { documentSearchRoutes } from './search/documents/document-search-routes.ts'
import { lookupRoutes } from './search/lookup-routes.ts'
import { shoppingWords } from './search/search-products.ts'
import { searchRoutes } from './search/search-routes.ts'
import { createQueryEmbedder } from './search/vectors/embed-query.ts'
import { createVocabularies } from './search/words/vocabulary.ts'
import { publicAddressRoutes } from './stores/public-address-routes.ts'
import { storeDocumentsRoutes } from './stores/store-documents-routes.ts'
import { storeReadinessRoute } from './stores/store-readiness.ts'
import { storeRoutes } from './stores/store-routes.ts'
import { readSync } from './sync/read-sync.ts'
import { unfindableRoutes } from './sync/unfindable-routes.ts'
import { accountRoutes } from './tenants/account-routes.ts'
import { admitRequests } from './tenants/admit-requests.ts'
import { auditRoutes } from './tenants/audit-routes.ts'
import { createAuthenticator } from './tenants/authenticate.ts'
import { CREDENTIALS } from './tenants/credentials.ts'
import { createCsvExports } from './tenants/csv-exports.ts'
import { createAccountMails } from './tenants/mails/account-mails.ts'
import { connectedAgentRoutes } from './tenants/oauth/connected-agent-routes.ts'
import { consentRoutes } from './tenants/oauth/consent-routes.ts'
import { oauthRoutes } from './tenants/oauth/oauth-routes.ts'
import { createPublicStores } from './tenants/public-stores.ts'
import { createRequestLimits } from './tenants/request-limits.ts'
import { type FirstStart, prepareFirstStart } from './tenants/sign-in/first-start.ts'
import { forgottenPasswordRoutes } from './tenants/sign-in/forgotten-password-routes.ts'
import { createRefusedSignIns } from './tenants/sign-in/refused-sign-ins.ts'
import { createSecondFactors } from './tenants/sign-in/second-factor.ts'
import { secondFactorRoutes } from './tenants/sign-in/second-factor-routes.ts'
import { sessionSecret } from './tenants/sign-in/session-secret.ts'
import { createSignIn } from './tenants/sign-in/sign-in.ts'
import { signInRoutes } from './tenants/sign-in/sign-in-routes.ts'
import { tokenRoutes } from './tenants/tokens/token-routes.ts'
import { trackTokenUsage } from './tenants/tokens/token-usage.ts'
import { userRoutes } from './tenants/user-routes.ts'

export interface RunningServer {
  address: string
  db: Database
  /** Set only at the first start on an empty database. */
  firstStart: FirstStart | null
  maintenance: Maintenance
  alerts: Pick<Alerts, 'check' | 'deliver'>
  updateCheck: Pick<UpdateCheck, 'check'>
  backups: Pick<ScheduledBackups, 'run' | 'isDue'>
  /** Refuses new work, finishes accepted work, closes. */
  stop(): Promise<void>
}

/**
 * Composes and starts the server; read it from top to bottom. `addRoutes` adds routes outside the product, such as the benchmark's
 * empty POST; `open` opens the database. @throws {ConfigError} with the setting to change
 */
export async function startServer(
  environment: Config,
  log: Log,
  addRoutes: (app: Http) => void = () => {},
  open: typeof openDatabase = openDatabase,
): Promise<RunningServer> {
  const db = await open(environment, log)
  const undo: (() => Promise<unknown>)[] = [() => db.close()]
  const stopAll = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    await clearBackups(db, environment.dataDir)
    await migrate(db, log)
    await ensurePartitions(db)
    if (db.kind === 'embedded') await releaseAllLeases(db.service)

    const secret = sessionSecret(environment.sessionSecret, environment.dataDir)
    const sealer = createTextSealer(secret, 'fiko operator settings')
    const settings = await followSettings(db, environment, sealer, log)
    undo.push(() => settings.stop())
    // Some of its fields change while the server runs: parts of the server read them when they need them.
    const { config } = settings

    const metrics = createMetrics()
    const reads = await openReads({
      primary: db,
      config: environment.role === 'worker' ? null : environment.readReplica,
      poolSize: environment.databasePoolSize,
      log,
      metrics,
    })
    undo.push(() => reads.stop())
    const load = measureReceivingLoad()
    const queue = await startQueue(db, log)
    undo.push(() => queue.stop())
    const usage = trackTokenUsage(db, log)
    undo.push(() => usage.stop())
    const agentUsage = trackTokenUsage(db, log, 'oauth_grants')
    undo.push(() => agentUsage.stop())
    const signIn = createSignIn(db, {
      secret,
      publicUrl: config.publicUrl ?? `http://${config.host}:${config.port}`,
    })
    const limits = createRequestLimits(config)
    const { adminApiKey, publicUrl } = config
    const auth = createAuthenticator({ db, usage, agentUsage, signIn, limits, adminApiKey, publicUrl })
    const model = await followModel(db, config, log)
    undo.push(() => model.stop())
    const prices = createPrices(db.service, environment.embedding)

    if (config.role !== 'api') {
      const pipeline = await runPipeline({ db, queue, log, metrics, config, model, prices, load })
      undo.push(() => pipeline.stop())
    }

    const copies = createBackupCopies(db, log, config.dataDir)
    const backups = createScheduledBackups({ db, log, copies, config })
    describeBackups(backups, db.service, metrics)

    const alerts = startAlerts({ db, log, metrics, config, sessionSecret: secret })
    undo.push(() => alerts.stop())

    const admit = admitRequests(auth, limits)
    const answers = metrics.counter('fiko_http_answers_total', 'Requests answered, by status', ['status'])
    const answered = (status: number) => answers.inc({ status })
    const { routes: dashboardRoutes, pageAt } = openDashboard(DASHBOARD_FOLDER)
    const { trustedProxies, role } = config
    const app = await createHttp(log, {
      trustedProxies,
      publicUrl,
      admit,
      answered,
      credentials: CREDENTIALS,
      ...(role !== 'worker' && { pageAt }),
    })
    healthRoutes(app, { db, queue, auth, metrics, dataDir: config.dataDir })
    if (role !== 'worker') {
      const receiver = receiveRoutes(app, { db, queue, auth, limits, log, metrics, load })
      undo.push(() => receiver.drain())
      shopRoutes(app, { db, auth, usage })
      reconcileRoutes(app, { db, auth })
      reportRoutes(app, { db, auth, syncOf: (scope, language) => readSync(db, scope, language) })
      documentRoutes(app, { db, queue, auth, log })
      downloadRoutes(app, PLUGIN_FOLDER)
      const csv = createCsvExports(app, db, log)
      tokenRoutes(app, db, auth, csv)
      const mails = createAccountMails({ smtp: () => config.alerts.smtp, publicUrl, log })
      undo.push(() => mails.stop())
      userRoutes(app, { db, auth, mails, csv })
      auditRoutes(app, db, auth, csv)
      const refused = createRefusedSignIns(db)
      await signInRoutes(app, { db, signIn, limits, refused, publicUrl })
      forgottenPasswordRoutes(app, { db, mails, limits, publicUrl })
      secondFactorRoutes(app, { db, signIn, factors: createSecondFactors(db, secret), limits, refused, publicUrl })
      accountRoutes(app, { db, signIn, auth, limits })
      await oauthRoutes(app, { db, log, publicUrl })
      consentRoutes(app, db, auth, publicUrl)
      connectedAgentRoutes(app, db, auth)
      storeRoutes(app, db, auth, csv)
      storeReadinessRoute(app, db, auth)
      unfindableRoutes(app, db, auth, csv)
      publicAddressRoutes(app, db, auth, publicUrl)
      storeDocumentsRoutes(app, db, auth, csv)
      freshnessRoutes(app, { db, auth, queue, config: config.freshness })
      driftRoutes(app, { db, auth })
      resendRoutes(app, { db, auth })
      tenantRoutes(app, { db, auth, log })
      profileRoutes(app, db, auth)
      modelRoutes(app, { db, auth, model, config: config.embedding, log })
      costRoutes(app, { db, auth, model, prices, config: config.embedding })
      budgetRoutes(app, { db, auth, queue })
      operatorRoutes(app, { db, queue, auth, model, config, log, copies, backups })
      settingsRoutes(app, { db, auth, settings, sealer, model, sendTestMail })
      overviewRoutes(app, { db, auth, usage, model, prices })
      eventRoutes(app, { db, queue, auth, csv })
      eventStreamRoutes(app, { db, auth, log })
      deadLetterRoutes(app, { db, queue, auth, csv })
      productRoutes(app, { db, auth, csv })
      const queries = createQueryEmbedder({ db, model, prices, config: config.embedding, log })
      undo.push(() => queries.stop())
      const vocabularies = createVocabularies()
      const curations = createCurations(shoppingWords)
      const questions = createQuestionLog({ db, log, metrics })
      undo.push(() => questions.stop())
      questionRoutes(app, { db, auth, questions, csv })
      feedbackRoutes(app, { db, auth, questions })
      searchRoutes(app, { db: reads.db, auth, queries, vocabularies, curations, questions })
      documentSearchRoutes(app, { db: reads.db, auth, queries, vocabularies, curations, questions })
      lookupRoutes(app, { db: reads.db, auth })
      curationRoutes(app, db, auth)
      const findPublicStore = createPublicStores(db)
      agentRoutes(app, {
        db: reads.db,
        auth,
        limits,
        findPublicStore,
        queries,
        vocabularies,
        curations,
        questions,
        log,
        publicUrl,
      })
      feedRoutes(app, { db, auth, publicUrl })
      serveFeeds(app, { db, log, limits, publicUrl })
      alertRoutes(app, db, auth, csv)
      channelRoutes(app, { db, auth, alerts, config })
      torobRoutes(app, { db, limits, publicKey: config.torob.publicKey })
      await dashboardRoutes(app)
    }

    addRoutes(app)

    // Undone first: new requests are refused while the running ones are answered.
    undo.push(() => app.close())

    const updateCheck = startUpdateCheck({ db, config, log })
    undo.push(() => updateCheck.stop())
    const maintenance = startMaintenance({ db, log, config }, maintenanceTasks({ db, log, config, backups }))
    undo.push(() => maintenance.stop())
    // Undone first: maintenance waits for the backup that it runs.
    undo.push(() => backups.stop())

    const address = await app.listen({ host: config.host, port: config.port }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      throw new ConfigError(`Port ${config.port} is in use by another program: stop it, or set PORT to a free port.`)
    })
    // Runs last: a start that failed earlier (port in use) must not create secrets that are never shown.
    const firstStart = await prepareFirstStart(db, { email: config.adminEmail, password: config.adminPassword })
    if (role !== 'worker') setImmediate(shoppingWords)
    return { address, db, firstStart, maintenance, alerts, updateCheck, backups, stop: stopAll }
  } catch (error) {
    await stopAll()
    throw error
  }
}
