import type { ProblemDocument } from '../../../server/src/platform/http/contract.ts'
import { chosenLanguage } from '../languages/language.ts'
import { ApiProblem } from './problem.ts'

export type Query = Record<string, string | number | boolean | null | undefined>

/** `path?a=1`, without the parameters that are unset. */
export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text ? `${path}?${text}` : path
}

/** One request in the session's name, in the user's language. @throws {ApiProblem} for any answer but a success */
async function request<Answer>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      'accept-language': chosenLanguage(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiProblem(0, { code: 'offline', detail: '' })
  })
  if (!response.ok) throw await problemOf(response)
  return (response.status === 204 ? undefined : await response.json()) as Answer
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10)
  const said = (await response.json().catch(() => ({}))) as Partial<ProblemDocument> & {
    /** The sign-in library's field, in place of `error` and `detail`. */
    code?: string
    message?: string
  }
  return new ApiProblem(
    response.status,
    {
      code: said.error ?? said.code ?? 'unknown',
      detail: said.detail ?? said.message ?? '',
      issues: said.issues,
    },
    Number.isFinite(retryAfter) ? retryAfter : null,
  )
}

export const api = {
  get: <Answer>(path: string, query?: Query, signal?: AbortSignal) =>
    request<Answer>('GET', withQuery(path, query), undefined, signal),
  post: <Answer>(path: string, body: unknown = {}) => request<Answer>('POST', path, body),
  put: <Answer>(path: string, body: unknown) => request<Answer>('PUT', path, body),
  patch: <Answer>(path: string, body: unknown) => request<Answer>('PATCH', path, body),
  delete: <Answer = void>(path: string, body?: unknown) => request<Answer>('DELETE', path, body),
}
