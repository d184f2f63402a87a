import type { BackupDestination } from '../../platform/config.ts'
import type { BackupTarget } from './backup-target.ts'
import { openFolder } from './folder-target.ts'
import { openS3 } from './s3-target.ts'

export function openTarget(destination: BackupDestination): BackupTarget {
  return destination.kind === 'folder' ? openFolder(destination.folder) : openS3(destination)
}
