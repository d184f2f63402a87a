import { randomUUID } from 'node:crypto'
import { type Answer, call, type TestServer } from './test-server.ts'

/** A user with a session, signed in with e-mail and password as by a browser. */
export interface Person {
  userId: string
  email: string
  cookie: string
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export const PASSWORD = 'a long enough password'

/** Makes a user through the API and signs them in. */
export async function signedIn(server: Pick<TestServer, 'url' | 'admin'>, role: 'owner' | 'admin'): Promise<Person> {
  const email = `${role}-${randomUUID().slice(0, 8)}@example.com`
  const made = await server.admin('POST', '/api/v1/users/', { email, role, password: PASSWORD })
  const cookie = await signIn(server, email, PASSWORD)
  if (cookie === null) throw new Error(`${email} could not sign in`)
  return {
    userId: made.body.id,
    email,
    cookie,
    request: (method, path, body, headers = {}) =>
      call(server.url, method, path, { cookie, origin: server.url, ...headers }, body),
  }
}

/** The session cookie, or null when the sign-in is refused. */
export async function signIn(server: Pick<TestServer, 'url'>, email: string, password: string): Promise<string | null> {
  const answer = await call(server.url, 'POST', '/api/auth/sign-in/email', { origin: server.url }, { email, password })
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? null
}
