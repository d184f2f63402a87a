// Written by `npm run schema` from the migrations. A select that returns whole columns picks its fields here.

export interface AccountsRow {
  id: string
  user_id: string
  account_id: string
  provider_id: string
  password: string | null
  issuer: string | null
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  access_token_expires_at: Date | null
  refresh_token_expires_at: Date | null
  scope: string | null
  created_at: Date
  updated_at: Date
}

export interface AlertAttemptsRow {
  id: number
  message_id: number
  tenant_id: number
  at: Date
  is_delivered: boolean
  answer_code: number | null
  duration_ms: number
  error: string | null
  detail: string | null
}

export interface AlertChannelsRow {
  id: number
  tenant_id: number
  kind: string
  name: string
  target: string
  secret: string | null
  language: string
  time_zone: string
  quiet_from: number | null
  quiet_to: number | null
  kinds: string[] | null
  urgent_kinds: string[]
  is_enabled: boolean
  created_at: Date
  updated_at: Date
  last_success_at: Date | null
  failures: number
  failing_since: Date | null
  retry_at: Date | null
  paused_at: Date | null
  pause_reason: string | null
  digest_at: Date | null
}

export interface AlertMessagesRow {
  id: number
  uid: string
  tenant_id: number
  channel_id: number
  kind: string
  is_urgent: boolean
  items: unknown
  created_at: Date
  status: string
  attempts: number
  next_attempt_at: Date
  sent_at: Date | null
}

export interface AlertsRow {
  id: number
  tenant_id: number | null
  store_id: number | null
  kind: string
  group_key: string
  level: number
  count: number
  facts: unknown
  first_seen_at: Date
  last_seen_at: Date
  created_at: Date
  acknowledged_at: Date | null
  acknowledged_by: string | null
  closed_at: Date | null
}

export interface AuditLogRow {
  id: number
  at: Date
  tenant_id: number | null
  actor_kind: string
  actor_id: string | null
  source_ip: string | null
  action: string
  target_kind: string | null
  target_id: string | null
  detail: unknown
}

export interface BackupRunsRow {
  id: number
  origin: string
  place: string
  name: string
  started_at: Date
  seen_at: Date
  ended_at: Date | null
  bytes: number
  rows: number | null
  sha256: string | null
  error: unknown | null
}

export interface CatalogRevisionsRow {
  store_id: number
  tenant_id: number
  revision: string
  changed_at: Date
}

export interface ChunkEmbeddingsRow {
  chunk_id: number
  profile_id: number
  tenant_id: number
  text_hash: string
  embedding: string
  stored_at: Date
}

export interface DocumentSetsRow {
  store_id: number
  tenant_id: number
  version: number
  set_hash: string
  shop: unknown | null
  received_at: Date
}

export interface DocumentsRow {
  id: number
  tenant_id: number
  store_id: number
  external_id: number
  kind: string
  title: string
  content: string
  url: string
  language: string
  modified_at: Date | null
  content_hash: string
  created_at: Date
  updated_at: Date
}

export interface EmbeddingBudgetsRow {
  tenant_id: number
  unit: string | null
  amount: string | null
  month: string
  tokens: number
  usd: string
  paused_since: Date | null
  paused_reason: string | null
  changed_at: Date
}

export interface EmbeddingCacheRow {
  tenant_id: number
  profile_id: number
  text_hash: string
  embedding: string
  used_at: Date
}

export interface EmbeddingPricesRow {
  model: string
  usd_per_million_tokens: string
  changed_at: Date
}

export interface EmbeddingProfilesRow {
  id: number
  provider: string
  url: string
  model: string
  dimensions: number
  query_prefix: string
  passage_prefix: string
  created_at: Date
  state: string
  retired_at: Date | null
  marked_to: number | null
  is_chosen: boolean
}

export interface EventAttemptsRow {
  id: number
  log_id: number
  received_at: Date
  tenant_id: number
  store_id: number
  at: Date
  attempt: number | null
  error: string | null
  follows: string | null
  replayed_by: string | null
}

export interface EventHoursRow {
  store_id: number
  hour: Date
  tenant_id: number
  received: number
  received_backfill: number
  type_created: number
  type_deleted: number
  retries: number
  created: number
  content_updated: number
  metadata_updated: number
  unchanged: number
  deleted: number
  superseded: number
  failures: number
  dead: number
  processing_ms: number
  processing_times: number[]
  last_ended_at: Date | null
  products_change: number
}

export interface EventIdsRow {
  store_id: number
  event_id: string
  body_hash: string
  received_at: Date
}

export interface EventsRow {
  id: number
  received_at: Date
  tenant_id: number
  store_id: number
  event_id: string
  event_type: string
  source: string
  external_product_id: number
  payload: unknown
  version: number
  is_versioned: boolean
  priority: number
  status: string
  outcome: string | null
  attempts: number
  next_attempt_at: Date
  error: string | null
  processing_time_ms: number | null
  processed_at: Date | null
  source_ip: string | null
  user_agent: string | null
  dismissed_at: Date | null
}

export interface FeedsRow {
  id: number
  tenant_id: number
  store_id: number
  kind: string
  token_hash: string
  token_preview: string
  target_country: string | null
  language: string | null
  currency: string | null
  created_at: Date
  rotated_at: Date | null
  revoked_at: Date | null
  last_read_at: Date | null
  reads: number
  announced_until: Date | null
  announced_id: number | null
  announced_revision: string | null
  announce_after: Date
  announce_failures: number
}

export interface FreshnessChecksRow {
  id: number
  tenant_id: number
  store_id: number
  sampled: number
  correct: number
  wrong: number
  late: number
  created_at: Date
}

export interface FreshnessFindingsRow {
  id: number
  tenant_id: number
  store_id: number
  check_id: number | null
  external_product_id: number
  field: string
  ours: string | null
  theirs: string | null
  looks: number
  look_at: Date | null
  confirmed_at: Date | null
  settled_at: Date | null
  created_at: Date
}

export interface FreshnessSchedulesRow {
  store_id: number
  tenant_id: number
  is_on: boolean
  sample_at: Date
  visit_at: Date
  hour_began_at: Date
  hour_requests: number
  failures: number
  last_visit_at: Date | null
  last_outcome: string | null
  last_detail: string | null
  created_at: Date
}

export interface InstallationRow {
  is_only: boolean
  id: string
}

export interface IntegrationTokensRow {
  id: number
  tenant_id: number
  store_id: number | null
  token_hash: string
  token_preview: string
  integration_type: string
  environment: string
  name: string
  is_active: boolean
  site_hash: string | null
  allowed_ips: string[]
  expires_at: Date | null
  last_used_at: Date | null
  usage_count: number
  created_at: Date
  pending_site_hash: string | null
  replaced_by: number | null
  revoked_at: Date | null
  first_used_at: Date | null
}

export interface KnowledgeChunksRow {
  id: number
  tenant_id: number
  store_id: number
  product_id: number | null
  position: number
  text: string
  text_hash: string
  language: string
  embedding_status: string
  embedding_error: string | null
  priority: number
  leased_until: Date | null
  created_at: Date
  updated_at: Date
  document_id: number | null
  lexemes: string | null
  dismissed_at: Date | null
}

export interface MaintenanceRunsRow {
  task: string
  known_since: Date
  last_success_at: Date | null
  last_failure_at: Date | null
  last_error: string | null
}

export interface OauthClientsRow {
  id: string
  name: string
  redirect_uris: string[]
  auth_method: string
  secret_hash: string | null
  created_at: Date
  allowed_at: Date | null
}

export interface OauthGrantsRow {
  id: number
  tenant_id: number
  user_id: string
  client_id: string
  client_name: string
  redirect_uri: string
  store_id: number | null
  environment: string
  resource: string
  code_hash: string
  code_challenge: string
  code_used_at: Date | null
  created_at: Date
  expires_at: Date
  revoked_at: Date | null
  last_used_at: Date | null
  usage_count: number
}

export interface OauthTokensRow {
  token_hash: string
  grant_id: number
  kind: string
  expires_at: Date
  used_at: Date | null
}

export interface OperatorSettingsRow {
  name: string
  value: string
  is_sealed: boolean
  changed_at: Date
}

export interface PluginReportsRow {
  store_id: number
  tenant_id: number
  version: string
  state: string
  since: Date | null
  waiting: number
  failed: number
  oldest_waiting_at: Date | null
  details: unknown
  reported_at: Date
  failed_products: unknown
}

export interface ProductVariantsRow {
  id: number
  tenant_id: number
  product_id: number
  external_id: number
  position: number
  sku: string
  attributes: unknown
  price: string | null
  regular_price: string | null
  sale_price: string | null
  on_sale: boolean
  stock_quantity: string | null
  stock_status: string
  image: string
  gtin: string | null
  weight: string | null
  dimensions: unknown | null
  sale_ends_at: Date | null
  image_alt: string | null
  min_quantity: string | null
  max_quantity: string | null
}

export interface ProductsRow {
  id: number
  tenant_id: number
  store_id: number
  external_id: string
  external_source: string
  type: string
  name: string
  short_description: string
  description: string
  sku: string
  price: string | null
  regular_price: string | null
  sale_price: string | null
  on_sale: boolean
  currency: string
  stock_quantity: string | null
  stock_status: string
  categories: string[]
  tags: string[]
  attributes: unknown
  image: string
  gallery: string[]
  permalink: string
  status: string
  catalog_visibility: string
  password_protected: boolean
  product_hash: string
  content_hash: string
  state_hash: string
  version: number
  version_event_id: string
  is_versioned: boolean
  content_version: number
  content_event_id: string
  is_active: boolean
  deleted_at: Date | null
  lexemes: string
  chunked_hash: string | null
  embedded_hash: string | null
  chunk_count: number
  searchable_version: number | null
  priority: number
  created_at: Date
  updated_at: Date
  external_product_id: number | null
  reconcile_digest: string
  version_reset_at: Date | null
  in_stock: boolean
  variant_count: number
  category_keys: string[]
  texts_cut: string[]
  search_terms: string | null
  gtin: string | null
  brand: string | null
  category_paths: unknown | null
  image_details: unknown | null
  average_rating: string | null
  review_count: number | null
  weight: string | null
  weight_unit: string | null
  dimensions: unknown | null
  dimension_unit: string | null
  sale_ends_at: Date | null
  min_quantity: string | null
  max_quantity: string | null
  language: string | null
  display_currency: string | null
  readiness: number | null
  readiness_missing: string[] | null
}

export interface ProviderHealthRow {
  profile_id: number
  state: string
  since: Date
  last_success_at: Date | null
  last_failure_at: Date | null
  last_error: string | null
}

export interface QuestionFeedbackRow {
  id: number
  tenant_id: number
  question_id: string
  kind: string
  product_id: number | null
  value: string | null
  currency: string | null
  told_at: Date
}

export interface QuestionSettingsRow {
  tenant_id: number
  is_on: boolean
  retention_days: number
  changed_at: Date
}

export interface QuestionsRow {
  id: number
  question_id: string
  tenant_id: number
  asked_at: Date
  channel: string
  tool: string | null
  client: string
  token_id: number | null
  grant_id: number | null
  is_guest: boolean
  store_id: number | null
  query: string
  query_key: string
  understood: unknown | null
  filters: unknown
  results: number
  product_ids: number[]
  document_ids: number[]
  relevance: number | null
  answered: boolean
  degraded: boolean
  took_ms: number
}

export interface ReconciliationDifferencesRow {
  id: number
  tenant_id: number
  reconciliation_id: number
  store_id: number
  external_product_id: number
  kind: string
  version: number
  created_at: Date
}

export interface ReconciliationsRow {
  id: number
  tenant_id: number
  store_id: number
  cause: string
  compared: number
  missing: number
  stale: number
  extra: number
  created_at: Date
  ended_at: Date
}

export interface ReplayItemsRow {
  replay_id: string
  tenant_id: number
  store_id: number
  kind: string
  item_id: number
  received_at: Date | null
}

export interface ReplaysRow {
  id: string
  tenant_id: number
  asked_at: Date
  asked_by: string
  asked: number
}

export interface ResendRequestsRow {
  id: number
  tenant_id: number
  store_id: number
  kind: string
  product_ids: number[]
  category: string | null
  since: Date | null
  state: string
  done: number
  total: number | null
  taken_at: Date | null
  ended_at: Date | null
  reported_at: Date | null
  created_at: Date
}

export interface SchemaMigrationsRow {
  number: number
  name: string
  applied_at: Date
}

export interface SearchRulesRow {
  id: number
  tenant_id: number
  kind: string
  query: string | null
  query_key: string | null
  product_id: number
  position: number | null
  created_by: string
  created_at: Date
}

export interface SearchSynonymsRow {
  id: number
  tenant_id: number
  word: string | null
  words: string[]
  keys: string[]
  created_by: string
  created_at: Date
  updated_at: Date
}

export interface SearchWordsRow {
  tenant_id: number
  word: string
  products: number
  seq: number
}

export interface SessionsRow {
  id: string
  user_id: string
  token: string
  expires_at: Date
  ip_address: string | null
  user_agent: string | null
  created_at: Date
  updated_at: Date
}

export interface StoreSavingsRow {
  store_id: number
  tenant_id: number
  embeddings_avoided: number
}

export interface StoresRow {
  id: number
  tenant_id: number
  platform: string
  name: string
  environment: string
  created_at: Date
  deleted_at: Date | null
  site: string
  products_counted_since: Date | null
  emptied_at: Date | null
  public_id: string | null
}

export interface TenantsRow {
  id: number
  owner_id: string
  created_at: Date
  erasing_since: Date | null
}

export interface TwoFactorsRow {
  id: string
  user_id: string
  secret: string
  backup_codes: string
  verified: boolean
  failed_verification_count: number
  locked_until: Date | null
  last_step: number | null
}

export interface UpdateChecksRow {
  is_only: boolean
  asked_at: Date
  answered_at: Date | null
  version: string | null
  url: string | null
  problem: string | null
  answer_code: number | null
}

export interface UsageCountersRow {
  tenant_id: number | null
  counter: string
  value: number
  id: number
}

export interface UsageHoursRow {
  tenant_id: number | null
  counter: string
  hour: Date
  value: number
  id: number
}

export interface UsersRow {
  id: string
  email: string
  name: string
  role: string
  created_at: Date
  email_verified: boolean
  image: string | null
  is_active: boolean
  updated_at: Date
  two_factor_enabled: boolean
  language: string | null
}

export interface VerificationsRow {
  id: string
  identifier: string
  value: string
  expires_at: Date
  created_at: Date
  updated_at: Date
}
