import type { Words } from '../fa.ts'

export const deadLetters: Words['deadLetters'] = {
  lead: 'Events and texts that failed at every attempt, with the reason. No data is lost: correct the cause, then press Replay.',
  empty: { title: 'There are no dead letters', text: 'All received events and texts are applied or waiting.' },
  kinds: { event: 'Event', embedding: 'Refused text' },
  columns: { product: 'Product', kind: 'Kind', why: 'Reason', failed: 'Time' },
  replay: 'Replay',
  replayAll: 'Replay all events',
  textTitle: 'Send the text again',
  text: 'The server sends this text to the embedding provider again, in one request. Until the vector is stored, only a search by words finds this text.',
  textButton: 'Send again',
  textDone: 'The text will be sent again',
  textOf: 'Refused text',
}
