import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ALSO_ON_POSTGRES, NOT_ON_POSTGRES, ONLY_IN_ALL } from '../lanes.ts'

test('the lists of the test lanes name files that exist, each once', () => {
  for (const files of [
    [...ONLY_IN_ALL, ...ALSO_ON_POSTGRES],
    [...NOT_ON_POSTGRES, ...ALSO_ON_POSTGRES],
  ]) {
    expect(files.filter((file) => !existsSync(file))).toEqual([])
    expect(new Set(files).size).toBe(files.length)
  }
})

test('a file with a test for one database runs on both', () => {
  expect(NOT_ON_POSTGRES.filter((file) => readFileSync(file, 'utf8').includes('databaseKind'))).toEqual([])
})
