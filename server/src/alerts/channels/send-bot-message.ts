import { postOutgoing } from '../../platform/http/outgoing-request.ts'
import { oneLine } from '../../platform/mail/send-mail.ts'
import type { Send } from './delivery.ts'
import { failedRequest, retryAfter } from './send-webhook.ts'

/** Telegram's limit of a message, in UTF-16 units. */
const MAX_TEXT_LENGTH = 4_096

interface BotAnswer {
  ok?: boolean
  description?: string
  parameters?: { retry_after?: number }
}

/** Sends messages by a bot: Telegram's Bot API, which Bale offers as well. `baseUrl` is a setting of the operator. */
export function botSender(baseUrl: string): Send {
  return async ({ target, secret: { botToken = '' }, message, signal }) => {
    const text = `${message.subject}\n\n${message.text}`
    const body = JSON.stringify({
      chat_id: target,
      text: text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH - 1).toWellFormed()}…` : text,
      disable_web_page_preview: true,
    })
    try {
      const answer = await postOutgoing(`${baseUrl}/bot${botToken}/sendMessage`, body, {
        headers: { 'content-type': 'application/json' },
        // The operator chooses the host, and the token has no character that changes it (channel-fields.ts).
        allowsPrivate: true,
        signal,
      })
      const { status } = answer
      const said = parse(answer.body.toString('utf8'))
      if (status === 200 && said.ok === true) return { isDelivered: true, code: status }
      const seconds = said.parameters?.retry_after
      return {
        isDelivered: false,
        failure: status >= 300 && status < 400 ? 'redirect' : 'answer',
        code: status,
        detail: oneLine(said.description?.replaceAll(botToken, '…')),
        ...retryAfter(seconds === undefined ? answer.headers['retry-after'] : String(seconds)),
        // A wrong token, a bot that was removed from the chat, or a chat that does not exist.
        ...([401, 403, 404].includes(status) && { isGone: true }),
      }
    } catch (error) {
      return failedRequest(error)
    }
  }
}

function parse(text: string): BotAnswer {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as BotAnswer) : {}
  } catch {
    return {}
  }
}
