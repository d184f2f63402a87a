import { formatFa, type Language, type Localised } from '../platform/i18n.ts'
import { sentencesOf } from './alert-sentences.ts'
import type { MessageItem, MessageItems } from './write-messages.ts'

/** Alerts that the text of a message describes; the text counts the others. */
const MAX_SHOWN = 15
/** Alerts in the data of a webhook. */
const MAX_DATA = 100

/** The reader of a message. */
export interface Reader {
  language: Language
  timeZone: string
  /** Public address of the server, without a trailing slash. */
  publicUrl: string
}

export interface RenderedMessage {
  /** The subject without the name of the program. */
  title: string
  subject: string
  text: string
  /** Body of a webhook, as JSON. */
  body: string
}

export interface MessageToRender {
  kind: 'changed' | 'digest' | 'test'
  items: MessageItems
  createdAt: Date
}

const LOCALES: Record<Language, string> = { fa: 'fa-IR-u-ca-persian-nu-arabext', en: 'en-GB' }
const WORDS = {
  program: { en: 'Fiko Sync', fa: 'همگام‌سازی فیکو' },
  test: {
    subject: { en: 'Test message', fa: 'پیام آزمایشی' },
    text: {
      en: 'This is a test message of Fiko Sync. Alerts arrive here from now on.',
      fa: 'این پیام آزمایشی همگام‌سازی فیکو است. از این پس هشدارها اینجا می‌رسند.',
    },
  },
  over: { en: 'Over', fa: 'پایان یافت' },
  since: { en: 'Since', fa: 'از' },
  until: { en: 'until', fa: 'تا' },
  advice: { en: 'What to do', fa: 'چه کنید' },
} satisfies Record<string, Localised | Record<string, Localised>>

/**
 * The message in the reader's language and time zone: plain sentences that say what happened, since when, and what to do, with a
 * link. Equal items give an equal text, so that each attempt sends the same message. Pure.
 */
export function renderMessage({ kind, items, createdAt }: MessageToRender, reader: Reader): RenderedMessage {
  const { language, publicUrl } = reader
  const entries = Object.entries(items)
    .map(([id, item]) => ({ id: Number(id), item }))
    // New problems first, then those that last, then those that are over.
    .sort((a, b) => RANK[a.item.change] - RANK[b.item.change] || b.item.level - a.item.level || a.id - b.id)
  const alerts = entries.slice(0, MAX_DATA).map(({ id, item }) => alertData(id, item, reader))
  const title = kind === 'test' ? WORDS.test.subject[language] : subjectOf(kind, entries.length, alerts[0], language)
  const parts =
    kind === 'test'
      ? [WORDS.test.text[language], `${publicUrl}/alerts`]
      : entries.slice(0, MAX_SHOWN).map(({ item }) => paragraph(item, reader))
  const more = entries.length - MAX_SHOWN
  if (kind !== 'test' && more > 0) parts.push(`${moreSentence(more)[language]}\n${publicUrl}/alerts`)
  const text = parts.join('\n\n')
  const body = JSON.stringify({
    type: `alerts.${kind}`,
    timestamp: createdAt.toISOString(),
    data: { subject: title, text, count: entries.length, alerts },
  })
  // In the reader's language, so that the subject begins in its direction.
  return { title, subject: `[${WORDS.program[language]}] ${title}`, text, body }
}

const RANK: Record<MessageItem['change'], number> = { raised: 0, opened: 1, open: 2, closed: 3 }

function alertData(id: number, item: MessageItem, { language, publicUrl }: Reader) {
  const sentences = sentencesOf(toldOf(item))
  const isOver = item.change === 'closed'
  return {
    id,
    kind: item.kind,
    change: item.change,
    scope: item.is_of_installation ? 'installation' : 'tenant',
    store_id: item.store_id,
    level: item.level,
    count: item.count,
    first_seen_at: item.first_seen_at,
    last_seen_at: item.last_seen_at,
    closed_at: item.closed_at,
    title: sentences.title[language],
    message: isOver ? sentences.over[language] : sentences.message[language],
    advice: isOver ? null : sentences.advice[language],
    url: `${publicUrl}${sentences.path}`,
  }
}

export type AlertData = ReturnType<typeof alertData>

function paragraph(item: MessageItem, { language, timeZone, publicUrl }: Reader): string {
  const { title, message, advice, over, path } = sentencesOf(toldOf(item))
  const format = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeStyle: 'short', timeZone })
  const from = format.format(new Date(item.first_seen_at))
  if (item.change === 'closed') {
    const to = format.format(new Date(item.closed_at ?? item.last_seen_at))
    const span = `${WORDS.since[language]} ${from} ${WORDS.until[language]} ${to}`
    return `${WORDS.over[language]}: ${title[language]}\n${over[language]}\n${span}`
  }
  return [
    title[language],
    message[language],
    `${WORDS.since[language]}: ${from}`,
    `${WORDS.advice[language]}: ${advice[language]}`,
    `${publicUrl}${path}`,
  ].join('\n')
}

function subjectOf(
  kind: 'changed' | 'digest',
  count: number,
  first: AlertData | undefined,
  language: Language,
): string {
  if (kind === 'digest') {
    const still: Localised = {
      en: count === 1 ? 'An alert is still open' : `${count} alerts are still open`,
      fa: `${formatFa(count)} هشدار هنوز باز است`,
    }
    return still[language]
  }
  const title = first?.change === 'closed' ? `${WORDS.over[language]}: ${first.title}` : (first?.title ?? '')
  if (count <= 1) return title
  const more: Localised = {
    en: `${title} (and ${count - 1} more)`,
    fa: `${title} (و ${formatFa(count - 1)} مورد دیگر)`,
  }
  return more[language]
}

function moreSentence(more: number): Localised {
  return { en: `… and ${more} more alerts.`, fa: `… و ${formatFa(more)} هشدار دیگر.` }
}

function toldOf({ kind, level, count, facts, store_id, is_of_installation }: MessageItem) {
  return { kind, level, count, facts, storeId: store_id, isOfInstallation: is_of_installation }
}
