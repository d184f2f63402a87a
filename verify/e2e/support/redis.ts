/** A Redis that exists as long as this process: no port, a socket in a folder, nothing on the disk. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { type LeashedProcess, startLeashed } from './leashed-process.ts'
import { waitFor } from './wait-for.ts'

export async function startRedis(folder: string): Promise<{ socket: string; server: LeashedProcess }> {
  const socket = join(folder, 'redis.sock')
  const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder]
  const server = startLeashed(['redis-server', ...options])
  await waitFor('Redis to answer', async () => {
    if (server.hasEnded()) throw new Error(`redis-server ended: ${server.said()}`)
    return await isListening(socket)
  })
  return { socket, server }
}

async function isListening(socket: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
    connection.once('error', () => resolve(false))
  })
}
