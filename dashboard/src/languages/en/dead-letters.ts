import type { Words } from '../fa.ts'

export const deadLetters: Words['deadLetters'] = {
  lead: 'Work that every attempt failed at, with the reason. Nothing is lost: mend the cause, then replay it.',
  empty: { title: 'There is no dead letter', text: 'Everything that came has come to its end.' },
  kinds: { event: 'Event', embedding: 'Refused text' },
  columns: { product: 'Product', kind: 'Kind', why: 'Why', failed: 'When' },
  replay: 'Replay',
  replayAll: 'Replay all events',
  textTitle: 'Ask the provider again',
  text: 'This text is sent to the embedding provider again (one request). Until then words find the product.',
  textButton: 'Ask again',
  textDone: 'The text is sent again',
  textOf: 'The refused text',
}
