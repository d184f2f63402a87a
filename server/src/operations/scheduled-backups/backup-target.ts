import type { Readable } from 'node:stream'
import type { BackupDestination } from '../../platform/config.ts'
import type { Localised } from '../../platform/i18n.ts'

/** A file at the destination. */
export interface StoredFile {
  name: string
  bytes: number
  /** When it was written, by the clock of the destination. */
  at: Date
}

/** A written file that has its name only after `keep`. */
export interface WrittenFile {
  bytes: number
  /** Reads it back from the destination. */
  read(): Promise<Readable>
  /** Gives it its name. */
  keep(): Promise<void>
  /** Removes it. */
  discard(): Promise<void>
}

/** Where backups are kept. All methods throw `TargetError`. */
export interface BackupTarget {
  kind: 'folder' | 's3'
  /** The folder, or the bucket and prefix; never a secret. */
  place: string
  /** Writes all bytes of the source. When the source or the destination fails, or `stop` is aborted, nothing is left of it. */
  write(name: string, source: Readable, stop: AbortSignal): Promise<WrittenFile>
  /** The files with names of backups, of any installation, oldest first. */
  list(): Promise<StoredFile[]>
  read(name: string): Promise<Readable>
  remove(name: string): Promise<void>
  /** Removes what a killed process left of files whose names begin like this. */
  removePartial(beginning: string): Promise<void>
}

/** The destination refused or failed; the sentence says what to do. */
export class TargetError extends Error {
  override name = 'TargetError'
  readonly code: string
  readonly sentence: Localised

  constructor(code: string, sentence: Localised) {
    super(sentence.en)
    this.code = code
    this.sentence = sentence
  }
}

/** The destination as it is shown and stored; never a secret. */
export function placeOf(destination: BackupDestination): string {
  return destination.kind === 'folder' ? destination.folder : `s3://${destination.bucket}/${destination.prefix}`
}

const NAME = /^fiko-backup-([0-9a-f]{8})-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}\.\d{3})Z\.gz$/

/** The beginning of the names of one installation's backups. */
export function beginningOf(installation: string): string {
  return `fiko-backup-${installation.slice(0, 8)}-`
}

/** The name of a backup: equal only for backups of one installation and one millisecond. */
export function backupName(installation: string, at: Date): string {
  return `${beginningOf(installation)}${at.toISOString().replaceAll(':', '-')}.gz`
}

/** The parts of a backup's name, or null for another file. */
export function readName(name: string): { installation: string; at: Date } | null {
  const [, installation, day, hour, minute, second] = NAME.exec(name) ?? []
  if (installation === undefined) return null
  const at = new Date(`${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at.getTime()) ? null : { installation, at }
}

/** 404 of a backup that is not there. */
export function noSuchBackup(name: string, place: string): TargetError {
  return new TargetError('no_such_backup', {
    en: `There is no backup ${name} in ${place}.`,
    fa: `پشتیبان ${name} در ${place} نیست.`,
  })
}
