import { Button, Group, Text } from '@mantine/core'
import { IconStethoscope } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useDiagnosis } from '../../api/operation.ts'
import { StateBadge } from '../../components/badge.tsx'
import { Table } from '../../components/lists/list-table.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'

const TONES = { ok: 'good', warning: 'warning', failed: 'bad' } as const

/** The checks of the server's database, provider, clock and disk; they run on demand. */
export function Diagnosis() {
  const { t } = useTranslation()
  const diagnosis = useDiagnosis()
  const findings = diagnosis.data
  return (
    <Section title={t('settings.diagnosis.title')} hint={t('settings.diagnosis.text')}>
      <Group>
        <Button
          variant="default"
          leftSection={<IconStethoscope size={18} />}
          loading={diagnosis.isFetching}
          onClick={() => diagnosis.refetch()}
        >
          {t(findings ? 'settings.diagnosis.again' : 'settings.diagnosis.button')}
        </Button>
      </Group>
      <div aria-live="polite">
        {diagnosis.error && <ErrorNotice error={diagnosis.error} />}
        {findings?.every(({ state }) => state === 'ok') && <Text>{t('settings.diagnosis.wellDone')}</Text>}
      </div>
      {findings && (
        <Table
          label={t('settings.diagnosis.title')}
          rows={findings}
          rowKey={(finding) => finding.check}
          isOld={diagnosis.isFetching}
          columns={[
            {
              key: 'check',
              header: t('settings.diagnosis.check'),
              isTitle: true,
              cell: (finding) => t(`settings.diagnosis.checks.${finding.check}`),
            },
            {
              key: 'state',
              header: t('settings.diagnosis.state'),
              cell: (finding) => (
                <StateBadge tone={TONES[finding.state]}>{t(`settings.diagnosis.states.${finding.state}`)}</StateBadge>
              ),
            },
            {
              key: 'seen',
              header: t('settings.diagnosis.seen'),
              cell: (finding) => (
                <div>
                  {finding.seen}
                  {finding.advice && (
                    <Text size="sm" c="dimmed">
                      {finding.advice}
                    </Text>
                  )}
                </div>
              ),
            },
          ]}
        />
      )}
    </Section>
  )
}
