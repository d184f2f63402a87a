import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createRequest } from '../bench/load-request.ts'
import { definitionOf, FIGURES, idsOf } from '../bench/table/definitions.ts'
import {
  compare,
  type Definition,
  type Facts,
  format,
  judge,
  leaveOut,
  measured,
  refuse,
} from '../bench/table/figures.ts'
import { PART_NAMES, PLANS } from '../bench/table/plans.ts'
import { cpuMsOf, pssMbOf } from '../bench/table/processes.ts'
import { figuresOf } from '../bench/table/run-part.ts'
import { readRun, saveRun } from '../bench/table/saved-run.ts'
import { showChanges, showFigures, showReasons } from '../bench/table/show.ts'

const seconds: Definition = { title: 'sync', unit: 's', better: 'less', target: 4, stretch: 2.5 }
const rate: Definition = { title: 'apply', unit: '1/s', better: 'more', target: 4_000 }
const facts: Facts = { conditions: '1,000 products', because: 'the provider alone takes 2.6 s' }
const timed = (samples: number[], more: Partial<Facts> = {}) =>
  measured('a/b/c', seconds, samples, { ...facts, ...more })

describe('a figure', () => {
  test('has the median and the lowest and highest sample', () => {
    expect(timed([5, 3, 4])).toMatchObject({ median: 4, spread: [3, 5], samples: [5, 3, 4] })
  })

  test('is refused without samples and with a sample that is not a number', () => {
    expect(judge(timed([]))).toBe('refused')
    expect(timed([1, Number.NaN])).toMatchObject({ median: null, spread: null, samples: [] })
    expect(timed([1, Number.POSITIVE_INFINITY]).refused).toContain('Infinity')
  })

  test.each([
    [[2.5], 'stretch met'],
    [[4], 'met'],
    [[4.01], 'missed'],
  ])('of %j seconds is %s', (samples, verdict) => {
    expect(judge(timed(samples))).toBe(verdict)
  })

  test('of a rate meets its target from the target on', () => {
    expect(judge(measured('a/b/c', rate, [4_000], facts))).toBe('met')
    expect(judge(measured('a/b/c', rate, [3_999], facts))).toBe('missed')
  })

  test('of a smaller run neither meets nor misses its target', () => {
    expect(judge(timed([1], { isSmaller: true }))).toBe('smaller run')
    expect(judge(timed([9], { isSmaller: true }))).toBe('smaller run')
  })

  test.each([
    [12_345.6, '12,346'],
    [123.4, '123'],
    [12.34, '12.3'],
    [1.234, '1.23'],
    [0.1234, '0.123'],
    [0, '0'],
    [33, '33'],
  ])('prints %d as %s', (value, text) => {
    expect(format(value)).toBe(text)
  })
})

describe('a comparison', () => {
  test('calls a median outside of both spreads worse or better', () => {
    expect(compare(timed([6, 7, 8]), timed([3, 4, 5]))).toEqual({ ratio: 1.75, verdict: 'worse' })
    expect(compare(timed([3, 4, 5]), timed([6, 8, 9]))).toEqual({ ratio: 0.5, verdict: 'better' })
  })

  test('calls a lower rate worse', () => {
    const of = (samples: number[]) => measured('a/b/c', rate, samples, facts)
    expect(compare(of([100, 110]), of([200, 210])).verdict).toBe('worse')
  })

  test('calls a median within one of the spreads the same', () => {
    expect(compare(timed([4, 5, 9]), timed([3, 4, 6])).verdict).toBe('same')
    expect(compare(timed([6, 6.5, 7]), timed([3, 4, 9])).verdict).toBe('same')
  })

  test('gives a single time a spread of half of it, and a single count 5 %', () => {
    expect(compare(timed([5.9]), timed([4])).verdict).toBe('same')
    expect(compare(timed([8.1]), timed([4])).verdict).toBe('worse')
    const counted = (value: number) => measured('a/b/c', { ...seconds, isCounted: true }, [value], facts)
    expect(compare(counted(34), counted(33)).verdict).toBe('same')
    expect(compare(counted(40), counted(33)).verdict).toBe('worse')
  })

  test('gives every figure a spread of at least 5 %', () => {
    expect(compare(timed([4.1, 4.1]), timed([4, 4])).verdict).toBe('same')
    expect(compare(timed([4.3, 4.3]), timed([4, 4])).verdict).toBe('worse')
  })

  test('sees the first repeat after none, without a ratio', () => {
    const repeats = (value: number) => measured('a/b/c', { ...seconds, isCounted: true }, [value], facts)
    expect(compare(repeats(0), repeats(0))).toEqual({ verdict: 'same' })
    expect(compare(repeats(5), repeats(0))).toEqual({ verdict: 'worse' })
  })

  test('compares no figures of other conditions, and none that is missing or refused', () => {
    expect(compare(timed([4]), timed([4], { conditions: '100 products' }))).toEqual({ verdict: 'other conditions' })
    expect(compare(timed([4]), undefined)).toEqual({ verdict: 'not in both' })
    expect(compare(timed([4]), refuse('a/b/c', seconds, 'an error'))).toEqual({ verdict: 'not in both' })
    expect(compare(timed([]), timed([4]))).toEqual({ verdict: 'not in both' })
  })
})

describe('a part', () => {
  const [first = '', second = ''] = idsOf('memory', 'postgres')

  test('with an error has only refused figures', () => {
    const figures = figuresOf([first, second], { error: '429 was answered' })
    expect(figures.map(({ id, refused, samples }) => [id, refused, samples])).toEqual([
      [first, '429 was answered', []],
      [second, '429 was answered', []],
    ])
  })

  test('that the end of the run has cut off is not measured, and no error', () => {
    const [figure] = figuresOf([first], { cutOff: 'no time was left' })
    expect(figure).toMatchObject({ median: null, absent: 'no time was left' })
    expect(figure?.refused).toBeUndefined()
  })

  test('leaves out the figures that it has not recorded', () => {
    const [kept, missing] = figuresOf([first, second], { recorded: [{ id: first, samples: [1, 2], facts }] })
    expect(kept).toMatchObject({ id: first, median: 1.5 })
    expect(missing).toMatchObject({ id: second, median: null, absent: 'not a part of this run' })
  })

  test('of every figure is a part of every plan, and every part has figures', () => {
    const parts = new Set(Object.keys(FIGURES).map((id) => id.split('/')[0]))
    expect([...parts].sort()).toEqual([...PART_NAMES].sort())
    for (const plan of Object.values(PLANS)) {
      const expected = plan.parts.reduce((sum, part) => sum + plan.seconds[part], 0)
      expect(expected).toBeLessThan(plan.limitMinutes * 60)
    }
  })

  test('without a known figure is an error', () => {
    expect(() => definitionOf('a/b/c')).toThrow('a/b/c')
  })
})

describe('the table', () => {
  const figures = [timed([5, 6]), refuse('x/y/z', rate, 'an answer was 500'), leaveOut('u/v/w', rate, 'no PostgreSQL')]

  test('has a line for each figure', () => {
    const lines = showFigures(figures).split('\n').slice(2)
    expect(lines.map((line) => line.split('|').map((cell) => cell.trim()))).toEqual([
      ['', 'sync', 's', '5.50', '5 to 6 (2)', '≤ 4', '≤ 2.50', 'missed', ''],
      ['', 'apply', '1/s', '', '', '≥ 4,000', '', 'refused', ''],
      ['', 'apply', '1/s', '', '', '≥ 4,000', '', 'not measured', ''],
    ])
  })

  test('tells the measured reason of a missed target, and why a figure is refused or left out', () => {
    expect(showReasons(figures).split('\n')).toEqual([
      '- missed: sync. the provider alone takes 2.6 s (1,000 products)',
      '- refused: an answer was 500 (apply)',
      '- not measured: no PostgreSQL (figures: 1)',
    ])
  })

  test('marks a regression against an earlier run', () => {
    const before = new Map([['a/b/c', timed([2, 3])]])
    expect(showFigures(figures.slice(0, 1), before)).toMatch(/\| 2\.50 +\| × 2\.20 WORSE \|$/)
    expect(showChanges(figures, before)).toContain('worse, outside of both spreads: 1: sync')
  })
})

describe('a saved run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fiko-figures-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'run.json')

  test('is read as it was written', () => {
    const run = {
      commit: 'abc',
      machine: '2 cores',
      node: '24',
      plan: 'quick',
      startedAt: '2026-11-27T12:00:00.000Z',
      seconds: 100,
      load: [1, 2] as [number, number],
      figures: [timed([5, 6]), refuse('x/y/z', rate, 'an error')],
    }
    saveRun(file, run)
    expect(readRun(file)).toEqual({ format: 1, ...run })
  })

  test('of another format is refused, and so is a missing file', () => {
    writeFileSync(file, JSON.stringify({ format: 2 }))
    expect(() => readRun(file)).toThrow('is not a run')
    expect(() => readRun(join(folder, 'none.json'))).toThrow('cannot be read')
  })
})

test('a batch of the load generator has as many different events', () => {
  const request = createRequest({ url: 'http://127.0.0.1:1', path: '/x/', token: 't', batch: 3 }).withId(1_000_000_001)
  const [head = '', body = ''] = request.toString().split('\r\n\r\n')
  const { events } = JSON.parse(body) as { events: { event_id: string; product: { id: number; name: string } }[] }
  expect(events.map(({ event_id: id }) => id)).toEqual([1, 2, 3].map((number) => `wc_bench_${1_000_000_000 + number}`))
  expect(events.map(({ product }) => product.id)).toEqual([1_000_000_001, 1_000_000_002, 1_000_000_003])
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`)
})

test.runIf(process.platform === 'linux')('CPU time and memory of a process are read from /proc', () => {
  const before = cpuMsOf(process.pid)
  const used = process.cpuUsage()
  while (process.cpuUsage(used).user < 50_000);
  expect(cpuMsOf(process.pid) - before).toBeGreaterThanOrEqual(30)
  expect(pssMbOf(process.pid)).toBeGreaterThan(10)
})
