import { once } from 'node:events'
import { createServer } from 'node:net'

/** A TCP port without a listener on this machine a moment ago, for programs that cannot choose a port themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no TCP port to be had on 127.0.0.1')
  return address.port
}
