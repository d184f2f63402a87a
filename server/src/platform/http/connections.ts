import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { addressKey, addressList } from './address-key.ts'

/** Limit for the whole process; the database needs file descriptors too. */
const MAX_CONNECTIONS = 5_000
/** Limit for one IPv4 address or IPv6 /64. */
const MAX_CONNECTIONS_PER_IP = 1_000
/** Keep-alive of an idle connection that has shown a valid credential. */
const KEEP_ALIVE_MS = 65_000
/** Keep-alive of a connection without a valid credential. Long enough to load the files of a page; reconnecting is cheap. */
const ANONYMOUS_KEEP_ALIVE_MS = 5_000
/**
 * A new connection has this long to send a request. After that it is closed for a new connection before those with a valid
 * credential.
 */
const FIRST_REQUEST_TIMEOUT_MS = 1_000

export interface Connections {
  /** The keep-alive of this connection in seconds, for the header Keep-Alive. */
  keepAliveSeconds(socket: Socket): number
  /** Marks the connection as one that has shown a valid credential. */
  trust(socket: Socket): void
  /** True when a response on this connection has started and not ended. */
  isAnswering(socket: Socket): boolean
  /** Called before the server stops: closes connections that would delay the stop. */
  prepareToStop(): void
}

interface Connection {
  groups: Group[]
  isTrusted: boolean
  /** From a proxy in TRUSTED_PROXIES, which carries many clients: never closed to make room. */
  isProxy: boolean
  answers: Set<ServerResponse>
}

/** Idle connections with their start times (`performance.now()`), oldest first. */
type Idle = Map<Socket, number>

/** Connections under one limit. */
interface Group {
  limit: number
  open: number
  idleAnonymous: Idle
  idleTrusted: Idle
}

/**
 * Limits the connections of a server, in total and per address. At a limit a new connection replaces the one that has been idle
 * longest, connections without a valid credential first; when none is idle, the new one is closed. Idle connections therefore block
 * no client, not even at the same address.
 */
export function boundConnections(server: Server, trustedProxies: string[]): Connections {
  const proxies = addressList(trustedProxies)
  const all = newGroup(MAX_CONNECTIONS)
  const byAddress = new Map<string, Group>()
  const connections = new Map<Socket, Connection>()

  // A hard limit, because connections that are being closed still count.
  server.maxConnections = MAX_CONNECTIONS + 500
  server.keepAliveTimeout = KEEP_ALIVE_MS

  const groupOf = (key: string) => {
    const group = byAddress.get(key) ?? newGroup(MAX_CONNECTIONS_PER_IP)
    byAddress.set(key, group)
    return group
  }
  const forget = (socket: Socket, key: string) => {
    const connection = connections.get(socket)
    if (!connection) return
    connections.delete(socket)
    leaveIdle(socket, connection)
    for (const group of connection.groups) group.open -= 1
    if (byAddress.get(key)?.open === 0) byAddress.delete(key)
  }

  server.on('connection', (socket: Socket) => {
    const key = addressKey(socket.remoteAddress)
    const isProxy = proxies.has(socket.remoteAddress ?? '')
    const groups = isProxy ? [all] : [groupOf(key), all]
    for (const group of groups) {
      if (group.open < group.limit) continue
      const oldest = dispensable(group)
      if (!oldest) {
        socket.destroy()
        return
      }
      forget(oldest, addressKey(oldest.remoteAddress))
      oldest.destroy()
    }
    // Looked up again: the group of this address may have lost its last connection in the loop above.
    const connection = {
      groups: isProxy ? [all] : [groupOf(key), all],
      isTrusted: isProxy,
      isProxy,
      answers: new Set<ServerResponse>(),
    }
    for (const group of connection.groups) group.open += 1
    connections.set(socket, connection)
    becomeIdle(socket, connection)
    socket.once('close', () => forget(socket, key))
  })

  server.on('request', ({ socket }, response) => {
    const connection = connections.get(socket)
    if (!connection) return
    connection.answers.add(response)
    leaveIdle(socket, connection)
    // Node's own listener, which sets the server's keep-alive, ran before.
    response.once('finish', () => {
      if (!connection.isTrusted) socket.setTimeout(Math.min(server.keepAliveTimeout, ANONYMOUS_KEEP_ALIVE_MS))
    })
    response.once('close', () => {
      connection.answers.delete(response)
      if (connection.answers.size === 0 && connections.has(socket)) becomeIdle(socket, connection)
    })
  })

  return {
    keepAliveSeconds: (socket) => (connections.get(socket)?.isTrusted ? KEEP_ALIVE_MS : ANONYMOUS_KEEP_ALIVE_MS) / 1000,
    trust: (socket) => {
      const connection = connections.get(socket)
      if (connection) connection.isTrusted = true
    },
    isAnswering: (socket) => [...(connections.get(socket)?.answers ?? [])].some((answer) => answer.headersSent),
    prepareToStop: () => {
      // A connection with a request in progress would hold the stop for the whole keep-alive of 65 s. A connection that never sent
      // a byte (browsers keep some in reserve) would hold it without limit.
      server.keepAliveTimeout = 1
      for (const socket of connections.keys()) if (socket.bytesRead === 0) socket.destroy()
    },
  }
}

function newGroup(limit: number): Group {
  return { limit, open: 0, idleAnonymous: new Map(), idleTrusted: new Map() }
}

/** The connection to close for a new one, or undefined when none is idle. */
function dispensable({ idleAnonymous, idleTrusted }: Group): Socket | undefined {
  const [anonymous] = idleAnonymous
  const [trusted] = idleTrusted.keys()
  if (!anonymous) return trusted
  const hadTime = performance.now() - anonymous[1] >= FIRST_REQUEST_TIMEOUT_MS
  return hadTime || !trusted ? anonymous[0] : trusted
}

function becomeIdle(socket: Socket, { groups, isTrusted, isProxy }: Connection): void {
  if (isProxy) return
  for (const group of groups) (isTrusted ? group.idleTrusted : group.idleAnonymous).set(socket, performance.now())
}

function leaveIdle(socket: Socket, { groups }: Connection): void {
  for (const group of groups) {
    group.idleAnonymous.delete(socket)
    group.idleTrusted.delete(socket)
  }
}
