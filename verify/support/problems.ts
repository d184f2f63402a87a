import { expect } from 'vitest'
import type { Answer } from './test-server.ts'

/** Expects a refusal as every refusal is: a problem document with this status and code, a sentence that helps, and no more. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(answer.body).toMatchObject({ type: 'about:blank', title: expect.any(String), status, error: code })
  expect(answer.body.detail.length).toBeGreaterThan(20)
  expect(JSON.stringify(answer.body).length).toBeLessThan(10_000)
}
