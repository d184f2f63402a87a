import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Ends every connection and takes no new one, as a server that is gone. */
  cut(): void
  /** Forwards nothing in either direction while every socket stays open and new ones are taken, as a network that swallows packets. */
  stall(): void
  /** Forwards again, what was held back first. */
  restore(): void
  close(): Promise<void>
}

/** Stands between the server and its database, to take the way to it away. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const pairs = new Set<[Socket, Socket]>()
  let isCut = false
  let isStalled = false
  const forward = ([incoming, outgoing]: [Socket, Socket]) => incoming.pipe(outgoing).pipe(incoming)
  const hold = ([incoming, outgoing]: [Socket, Socket]) => {
    incoming.unpipe(outgoing).pause()
    outgoing.unpipe(incoming).pause()
  }
  const track = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.on('error', () => other.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  const server = createServer((incoming) => {
    if (isCut) {
      incoming.destroy()
      return
    }
    const outgoing = connect(target.port, target.host)
    const pair: [Socket, Socket] = [incoming, outgoing]
    track(incoming, outgoing)
    track(outgoing, incoming)
    pairs.add(pair)
    incoming.once('close', () => pairs.delete(pair))
    if (!isStalled) forward(pair)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    cut,
    stall: () => {
      isStalled = true
      for (const pair of pairs) hold(pair)
    },
    restore: () => {
      isCut = false
      if (isStalled) for (const pair of pairs) forward(pair)
      isStalled = false
    },
    close: async () => {
      cut()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
