import { Alert, Button, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useFormats } from '../../format.ts'
import classes from './error-notice.module.css'

/** The text of a problem: the server's sentence, or a general one without it. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  return useCallback(
    (error) => {
      if (!(error instanceof ApiProblem)) return t('common.error.crashed')
      if (error.detail) return error.detail
      return error.code === 'offline'
        ? t('common.error.offline')
        : t('common.error.unknown', { status: numeral(error.status) })
    },
    [t, numeral],
  )
}

interface Props {
  error: unknown
  title?: string
  onRetry?: () => unknown
  /** Fields that show their own issue, beside them. */
  shownElsewhere?: string[]
}

/** A refusal, as the server explains it, with a way to try again where that makes sense. */
export function ErrorNotice({ error, title, onRetry, shownElsewhere = [] }: Props) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const issues = error instanceof ApiProblem ? error.issues : []
  const others = issues.filter((issue) => !shownElsewhere.includes(issue.path))
  if (issues.length > 0 && others.length === 0) return null
  return (
    <Alert
      role="alert"
      color="red"
      icon={<IconAlertTriangle size={20} />}
      title={title ?? t(onRetry ? 'common.error.loadTitle' : 'common.error.title')}
      classNames={{ root: classes.notice, title: classes.title, icon: classes.title, message: classes.message }}
    >
      <Stack gap="sm" align="flex-start">
        {others.length > 1 ? (
          <List size="sm">
            {others.map((issue) => (
              <List.Item key={issue.path}>
                <code>{issue.path}</code>: {issue.detail}
              </List.Item>
            ))}
          </List>
        ) : (
          <Text size="sm" dir="auto">
            {problemText(error)}
          </Text>
        )}
        {onRetry && (
          <Button size="xs" variant="default" onClick={() => onRetry()}>
            {t('common.tryAgain')}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}
