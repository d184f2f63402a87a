import { Button, Group, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { type Synonym, useChangeSynonym, useMakeSynonym } from '../../api/synonyms.ts'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { say } from '../../components/text/say.tsx'
import classes from './synonyms.module.css'
import './words.ts'

interface Props {
  /** null: a new group. */
  synonym: Synonym | null
  /** Words that a new group begins with. */
  suggested?: string[]
  /** The owner of a new group; unset: the caller. */
  userId?: string | undefined
  onClose: () => void
}

/** Adds or changes a group of synonyms. */
export function SynonymDialog({ synonym, suggested = [], userId, onClose }: Props) {
  const { t } = useTranslation()
  const make = useMakeSynonym()
  const change = useChangeSynonym()
  const [isOneWay, setOneWay] = useState(synonym !== null && synonym.word !== null)
  const [word, setWord] = useState(synonym?.word ?? '')
  const [words, setWords] = useState((synonym?.words ?? suggested).join('\n'))
  const error = make.error ?? change.error
  const issues = error instanceof ApiProblem ? error.issues : []
  const issueAt = (field: string) => issues.find(({ path }) => path.split('.')[0] === field)
  const [wordIssue, wordsIssue] = [issueAt('word'), issueAt('words')]
  const lines = words
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  // The server numbers the words from 0.
  const refused = lines[Number(wordsIssue?.path.split('.')[1])]

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = { word: isOneWay ? word.trim() : null, words: lines }
    const onSuccess = () => {
      say(t('common.saved'))
      onClose()
    }
    if (synonym === null) make.mutate({ ...body, ...(userId && { user_id: userId }) }, { onSuccess })
    else change.mutate({ id: synonym.id, ...body }, { onSuccess })
  }

  return (
    <Dialog onClose={onClose} title={t(synonym === null ? 'synonyms.add' : 'synonyms.edit')}>
      <form onSubmit={submit}>
        <Stack>
          <Radio.Group
            label={t('synonyms.direction')}
            value={isOneWay ? 'one' : 'both'}
            onChange={(value) => setOneWay(value === 'one')}
          >
            <Stack gap="xs" mt={6}>
              <Radio value="both" label={t('synonyms.equal')} description={t('synonyms.equalHint')} />
              <Radio value="one" label={t('synonyms.oneWay')} description={t('synonyms.oneWayHint')} />
            </Stack>
          </Radio.Group>
          {isOneWay && (
            <TextInput
              label={t('synonyms.word')}
              value={word}
              onChange={(event) => setWord(event.currentTarget.value)}
              required
              maxLength={60}
              dir="auto"
              error={wordIssue?.detail}
            />
          )}
          <Textarea
            label={t(isOneWay ? 'synonyms.others' : 'synonyms.words')}
            description={t('synonyms.wordsHint')}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            required
            autosize
            minRows={4}
            maxRows={12}
            classNames={{ input: classes.lines }}
            error={wordsIssue && (refused ? `${refused}: ${wordsIssue.detail}` : wordsIssue.detail)}
            data-autofocus
          />
          {error && (
            <ErrorNotice
              error={error}
              shownElsewhere={issues.map(({ path }) => path).filter((path) => /^words?\b/.test(path))}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending || change.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
