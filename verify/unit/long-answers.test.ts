import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { endWhenStalled } from '../../server/src/platform/http/long-answers.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

/** A reader that reads nothing, and the answer to it. */
async function answerTo(answer: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined)
  reader.pause()
  reader.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  open.push({ close: () => reader.destroy() }, { close: () => server.close() })
}

test('an answer whose reader takes nothing is ended, also when all of it is written', async () => {
  await new Promise<void>((resolve) => {
    void answerTo((response) => {
      endWhenStalled(
        response,
        () => {
          response.destroy()
          resolve()
        },
        50,
      )
      response.end(Buffer.alloc(50_000_000))
    })
  })
})

test('an answer that has nothing to take at present is not ended', async () => {
  let isStalled = false
  await new Promise<void>((resolve) => {
    void answerTo((response) => {
      let times = 0
      endWhenStalled(
        response,
        () => {
          isStalled = true
        },
        20,
      )
      response.write('begun')
      response.on('timeout', () => {
        times += 1
        if (times === 4) resolve()
      })
    })
  })
  expect(isStalled).toBe(false)
})
