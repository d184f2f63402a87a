/** A test asks as fast as it can; those about the limits set their own. */
export const UNLIMITED = {
  RATE_LIMIT_PER_SECOND: '1000000',
  RATE_LIMIT_BURST: '1000000',
  FAILED_AUTH_PER_MINUTE: '1000000',
  // On a busy machine a provider that answers at once may need more than the usual 500 ms.
  QUERY_EMBEDDING_TIMEOUT_MS: '4000',
}
