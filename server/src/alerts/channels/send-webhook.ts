import { OutgoingFailure, postOutgoing } from '../../platform/http/outgoing-request.ts'
import { VERSION } from '../../platform/version.ts'
import type { Delivery, Send } from './delivery.ts'
import { signWebhook } from './sign-webhook.ts'

/** Maximum pause that a receiver may ask for. */
const MAX_RETRY_AFTER_S = 86_400

/** Sends signed webhooks. Any 2xx is a success; 410 means that the receiver is gone. */
export function webhookSender({ allowsPrivate }: { allowsPrivate: boolean }): Send {
  return async ({ uid, secret: { url = '', signingSecret = '' }, message, signal }) => {
    const id = `msg_${uid.replaceAll('-', '')}`
    const headers = {
      'content-type': 'application/json',
      'user-agent': `Fiko-Sync/${VERSION}`,
      ...signWebhook(signingSecret, id, Math.floor(Date.now() / 1000), message.body),
    }
    try {
      const answer = await postOutgoing(url, message.body, { headers, allowsPrivate, signal })
      const { status } = answer
      if (status >= 200 && status < 300) return { isDelivered: true, code: status }
      return {
        isDelivered: false,
        failure: status >= 300 && status < 400 ? 'redirect' : 'answer',
        code: status,
        // The answer's text is not stored: it would let a user read other servers through this one.
        detail: null,
        ...retryAfter(answer.headers['retry-after']),
        ...(status === 410 && { isGone: true }),
      }
    } catch (error) {
      return failedRequest(error)
    }
  }
}

/** The result of a request without an answer. */
export function failedRequest(error: unknown): Delivery {
  if (!(error instanceof OutgoingFailure))
    return { isDelivered: false, failure: 'unreachable', code: null, detail: null }
  const { reason, code } = error
  // A POST follows no redirect and cuts a long answer.
  const failure = reason === 'other_host' || reason === 'too_large' ? 'unreachable' : reason
  return { isDelivered: false, failure, code: null, detail: code }
}

/** `Retry-After` in seconds or as a date, bounded to a day. */
export function retryAfter(header: string | undefined): { retryAfterS?: number } {
  if (header === undefined) return {}
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return seconds > 0 ? { retryAfterS: Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_S) } : {}
}
