/** Runs one part in its own process, and makes its figures: measured, refused, or not measured with the reason. */
import { fork } from 'node:child_process'
import { definitionOf, idsOf } from './definitions.ts'
import { type Figure, leaveOut, measured, refuse } from './figures.ts'
import type { PartAnswer, PartOrder, Recorded } from './part-process.ts'

export interface PartLimits {
  /** The part's process is ended after this. */
  milliseconds: number
  /** Set when the run's own limit is the nearer one: the figures are then not measured, and no error. */
  endOfRun?: string
  temporary: string
}

/** Ids of the figures that an order asks for. */
export function expectedIds({ part, embedded, postgres }: PartOrder): string[] {
  return [...(embedded ? idsOf(part, 'embedded') : []), ...(postgres ? idsOf(part, 'postgres') : [])]
}

export async function runPart(order: PartOrder, limits: PartLimits): Promise<Figure[]> {
  const answer = await measureInProcess(order, limits)
  return figuresOf(expectedIds(order), answer)
}

/** An error of a part refuses all its figures: the samples before it come from the same run. */
export function figuresOf(ids: string[], answer: PartAnswer): Figure[] {
  if ('cutOff' in answer) return ids.map((id) => leaveOut(id, definitionOf(id), answer.cutOff))
  if ('error' in answer) return ids.map((id) => refuse(id, definitionOf(id), answer.error))
  const byId = new Map<string, Recorded>(answer.recorded.map((each) => [each.id, each]))
  return ids.map((id) => {
    const recorded = byId.get(id)
    if (!recorded) return leaveOut(id, definitionOf(id), 'not a part of this run')
    return measured(id, definitionOf(id), recorded.samples, recorded.facts)
  })
}

function measureInProcess(order: PartOrder, limits: PartLimits): Promise<PartAnswer> {
  const { milliseconds, temporary, endOfRun } = limits
  return new Promise((resolve) => {
    const child = fork('verify/bench/table/part-process.ts', {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, TMPDIR: temporary },
    })
    let result: PartAnswer | undefined
    const timer = setTimeout(() => {
      result = endOfRun
        ? { cutOff: endOfRun }
        : { error: `it had not ended after ${Math.round(milliseconds / 1000)} s` }
      child.kill('SIGKILL')
    }, milliseconds)
    child.once('message', (message: PartAnswer) => {
      result ??= message
    })
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      resolve(result ?? { error: `its process ended with ${signal ?? code}` })
    })
    child.send(order)
  })
}
