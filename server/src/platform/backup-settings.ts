import { resolve } from 'node:path'
import type { SettingTexts } from './changeable-settings.ts'
import type { BackupDestination, BackupSchedule, BackupsConfig } from './config.ts'
import { ConfigError, integer, onOff, text, webAddress } from './environment.ts'

/** Where and when backups are kept. @throws {ConfigError} */
export function readBackups(env: SettingTexts): BackupsConfig {
  const destination = readDestination(env)
  const schedule = text(env, 'BACKUP_SCHEDULE', '')
  if (schedule !== '' && schedule !== 'off' && !destination)
    throw new ConfigError('BACKUP_SCHEDULE needs a destination: set BACKUP_FOLDER, or BACKUP_S3_BUCKET with its keys.')
  return {
    destination,
    schedule: destination && schedule !== 'off' ? readSchedule(schedule || '02:00') : null,
    keep: integer(env, 'BACKUP_KEEP', 7, 1, 1_000),
  }
}

function readSchedule(wanted: string): BackupSchedule {
  const [, hour, minute, timeZone = 'UTC'] = /^([01]\d|2[0-3]):([0-5]\d)(?: +(\S+))?$/.exec(wanted) ?? []
  if (hour === undefined || minute === undefined || !isTimeZone(timeZone))
    throw new ConfigError(
      `BACKUP_SCHEDULE must be off, or a time of the day such as 02:00 (UTC) or "03:30 Asia/Tehran", but it is "${wanted}".`,
    )
  return { hour: Number(hour), minute: Number(minute), timeZone }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** A bucket's name is a part of an address. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

function readDestination(env: SettingTexts): BackupDestination | null {
  const folder = text(env, 'BACKUP_FOLDER', '')
  const bucket = text(env, 'BACKUP_S3_BUCKET', '')
  if (folder !== '' && bucket !== '')
    throw new ConfigError('BACKUP_FOLDER and BACKUP_S3_BUCKET are both set: set one of them.')
  if (folder !== '') return { kind: 'folder', folder: resolve(folder) }
  if (bucket === '') return null
  if (!BUCKET.test(bucket))
    throw new ConfigError('BACKUP_S3_BUCKET must be the name of a bucket, such as fiko-backups.')
  const region = text(env, 'BACKUP_S3_REGION', 'us-east-1')
  if (!/^[a-zA-Z0-9-]{1,50}$/.test(region))
    throw new ConfigError('BACKUP_S3_REGION must be a region, such as eu-central-1.')
  const keyId = text(env, 'BACKUP_S3_ACCESS_KEY_ID', '')
  const secret = text(env, 'BACKUP_S3_SECRET_ACCESS_KEY', '')
  if (keyId === '' || secret === '')
    throw new ConfigError('BACKUP_S3_BUCKET needs BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY.')
  const endpoint = webAddress(env, 'BACKUP_S3_ENDPOINT', `https://s3.${region}.amazonaws.com`)
  if (endpoint.includes('@')) throw new ConfigError('BACKUP_S3_ENDPOINT must be an address without a user or password.')
  const prefix = text(env, 'BACKUP_S3_PREFIX', '').replace(/^\/+|\/+$/g, '')
  if (!/^[\w./-]{0,200}$/.test(prefix))
    throw new ConfigError('BACKUP_S3_PREFIX must have up to 200 letters, digits and the signs . _ - /')
  return {
    kind: 's3',
    endpoint,
    region,
    bucket,
    prefix: prefix && `${prefix}/`,
    keyId,
    secret,
    isPathStyle: onOff(env, 'BACKUP_S3_PATH_STYLE', true),
  }
}
