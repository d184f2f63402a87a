import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openEmbedded } from '../../src/platform/database-embedded.ts'
import { createLog } from '../../src/platform/log.ts'

declare module 'vitest' {
  interface ProvidedContext {
    embeddedTemplate: string
  }
}

/** Makes one empty embedded cluster for the run, which every test server copies. */
export default async function prepareTemplate(project: TestProject): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), 'fiko-template-'))
  if (project.name === 'embedded') {
    const db = await openEmbedded(directory, false, createLog('silent'))
    await db.close()
  }
  project.provide('embeddedTemplate', directory)
  return () => rmSync(directory, { recursive: true, force: true })
}
