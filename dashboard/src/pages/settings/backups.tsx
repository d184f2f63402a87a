import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconDatabaseExport, IconDownload } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { backupAddress, type Backups as Found, type KeptBackup, useBackups, useStartBackup } from '../../api/backups.ts'
import { StateBadge } from '../../components/badge.tsx'
import { CopyField } from '../../components/copy-field.tsx'
import { Facts } from '../../components/facts.tsx'
import { type Column, Table } from '../../components/lists/list-table.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { complain } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'

/** The backups that the server keeps, with their state; a backup now; the way to restore one. */
export function Backups() {
  const { t } = useTranslation()
  const backups = useBackups()
  const start = useStartBackup()
  const problemText = useProblemText()
  const isRunning = backups.data?.last_run?.state === 'running'
  return (
    <Section title={t('settings.backup.title')} hint={t('settings.backup.text')}>
      <Answered query={backups}>{(found) => <State found={found} />}</Answered>
      <Group>
        {backups.data?.destination && (
          <Button
            leftSection={<IconDatabaseExport size={18} />}
            loading={start.isPending}
            disabled={isRunning}
            onClick={() => start.mutate(undefined, { onError: (error) => complain(problemText(error)) })}
          >
            {t('settings.backup.now')}
          </Button>
        )}
        <Button
          component="a"
          href="/api/v1/backup/"
          download="fiko-sync-backup.ndjson.gz"
          variant="default"
          leftSection={<IconDownload size={18} />}
        >
          {t('settings.backup.button')}
        </Button>
      </Group>
    </Section>
  )
}

function State({ found }: { found: Found }) {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  const size = useSize()
  const { destination, schedule, last_run: last, last_success_at: success, results } = found
  if (!destination) return <Text size="sm">{t('settings.backup.none', { folder: 'BACKUP_FOLDER' })}</Text>
  const time = (part: number) => numeral(part).padStart(2, numeral(0))
  const problem = destination.problem ?? (last?.state === 'failed' ? last.error?.detail : null)
  const facts: [string, ReactNode][] = [
    [
      t('settings.backup.place'),
      <code key="place" className="ltr">
        {destination.place}
      </code>,
    ],
    [
      t('settings.backup.schedule'),
      schedule
        ? t('settings.backup.daily', {
            time: `${time(schedule.hour)}:${time(schedule.minute)}`,
            zone: schedule.time_zone,
            count: schedule.keep,
          })
        : t('settings.backup.onRequest'),
    ],
  ]
  if (schedule) facts.push([t('settings.backup.next'), <When key="next" at={schedule.next_at} />])
  facts.push([t('settings.backup.lastSuccess'), <When key="last" at={success} />])
  if (destination.free_bytes !== null) facts.push([t('settings.backup.free'), size(destination.free_bytes)])
  return (
    <Stack gap="md">
      {problem && (
        <Alert
          color="red"
          icon={<IconAlertTriangle size={18} />}
          title={t(destination.problem ? 'settings.backup.unreachable' : 'settings.backup.failed')}
        >
          <span dir="auto">{problem}</span>
        </Alert>
      )}
      {last?.state === 'running' && (
        <Text size="sm" role="status">
          {t('settings.backup.running', { size: size(last.bytes) })}
        </Text>
      )}
      <Facts facts={facts} />
      {results.length === 0 ? <Text size="sm">{t('settings.backup.empty')}</Text> : <KeptBackups found={found} />}
    </Stack>
  )
}

function KeptBackups({ found }: { found: Found }) {
  const { t } = useTranslation()
  const { number, exactTime } = useFormats()
  const size = useSize()
  const [restored, setRestored] = useState<KeptBackup | null>(null)
  const columns: Column<KeptBackup>[] = [
    {
      key: 'at',
      header: t('settings.backup.taken'),
      isTitle: true,
      cell: (backup) => (
        <div>
          <time dateTime={backup.at}>{exactTime(backup.at)}</time>
          {!backup.is_own && (
            <Text size="xs" c="dimmed">
              {t('settings.backup.foreign')}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'size',
      header: t('settings.backup.size'),
      cell: (backup) => size(backup.bytes),
    },
    {
      key: 'rows',
      header: t('settings.backup.rows'),
      cell: (backup) => (backup.rows === null ? t('common.none') : number(backup.rows)),
    },
    {
      key: 'verified',
      header: t('settings.backup.state'),
      cell: (backup) => (
        <StateBadge tone={backup.verified_at ? 'good' : 'neutral'}>
          {t(backup.verified_at ? 'settings.backup.verified' : 'settings.backup.notVerified')}
        </StateBadge>
      ),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (backup) => (
        <Group gap="sm" justify="flex-end" wrap="nowrap">
          <Anchor href={backupAddress(backup.name)} download={backup.name} size="sm">
            {t('settings.backup.download')}
          </Anchor>
          <Button size="xs" variant="default" onClick={() => setRestored(backup)}>
            {t('settings.backup.restore')}
          </Button>
        </Group>
      ),
    },
  ]
  return (
    <>
      <Table label={t('settings.backup.title')} rows={found.results} columns={columns} rowKey={({ name }) => name} />
      {restored && found.destination && (
        <RestoreDialog backup={restored} destination={found.destination} onClose={() => setRestored(null)} />
      )}
    </>
  )
}

interface RestoreProps {
  backup: KeptBackup
  destination: NonNullable<Found['destination']>
  onClose: () => void
}

/** The commands that restore this backup. A server cannot fill its own database, which is not empty. */
function RestoreDialog({ backup, destination, onClose }: RestoreProps) {
  const { t } = useTranslation()
  const inFolder = destination.kind === 'folder'
  const file = inFolder ? `${destination.place}/${backup.name}` : backup.name
  return (
    <Dialog title={t('settings.backup.restoring.title')} size="lg" onClose={onClose}>
      <Stack gap="md">
        <Text size="sm">{t('settings.backup.restoring.before')}</Text>
        {!inFolder && (
          <CopyField label={t('settings.backup.restoring.get')} value={`npx fiko backup get ${backup.name}`} />
        )}
        <CopyField
          label={t('settings.backup.restoring.fill')}
          value={`DATA_DIR=./restored npx fiko restore '${file}'`}
        />
        <Text size="sm">{t('settings.backup.restoring.after')}</Text>
      </Stack>
    </Dialog>
  )
}

/** A number of bytes in its largest fitting unit, of a thousand of the one below. */
function useSize(): (bytes: number) => string {
  const { t } = useTranslation()
  const { number } = useFormats()
  return (bytes) => {
    const unit = bytes >= 1e9 ? 'gigabytes' : bytes >= 1e6 ? 'megabytes' : 'kilobytes'
    return t(`settings.backup.${unit}`, {
      size: number(bytes / { gigabytes: 1e9, megabytes: 1e6, kilobytes: 1e3 }[unit]),
    })
  }
}
