import { Button } from '@mantine/core'
import { IconPencil, IconPlus, IconReplace, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../api/session.ts'
import { type Synonym, useDeleteSynonym, useSynonyms } from '../../api/synonyms.ts'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { RowMenu } from '../../components/lists/row-menu.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { say } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import { useScope } from '../../layout/scope.ts'
import { ListSection } from './list-section.tsx'
import { SynonymDialog } from './synonym-dialog.tsx'
import classes from './synonyms.module.css'

/** The groups of synonyms, with all that can be done with them. */
export function SynonymPanel() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const { data: me } = useSession()
  const list = useSynonyms({ ...scope, limit: 20 })
  const [dialog, setDialog] = useState<{ kind: 'edit' | 'delete'; synonym: Synonym } | 'add' | null>(null)
  const close = () => setDialog(null)
  const makeButton = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setDialog('add')}>
      {t('synonyms.add')}
    </Button>
  )
  const columns: Column<Synonym>[] = [
    { key: 'words', header: t('synonyms.words'), isTitle: true, cell: (synonym) => <Group of={synonym} /> },
    {
      key: 'direction',
      header: t('synonyms.direction'),
      cell: ({ word }) => t(word === null ? 'synonyms.equal' : 'synonyms.oneWay'),
    },
    ...(me?.role === 'admin'
      ? [{ key: 'user', header: t('common.user'), cell: ({ user }: Synonym) => <bdi>{user.email}</bdi> }]
      : []),
    { key: 'changed', header: t('synonyms.changed'), cell: ({ updated_at }) => <When at={updated_at} /> },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (synonym) => (
        <RowMenu
          name={[synonym.word, ...synonym.words].filter(Boolean).join(t('common.comma'))}
          entries={[
            {
              label: t('synonyms.edit'),
              icon: IconPencil,
              onClick: () => setDialog({ kind: 'edit', synonym }),
            },
            {
              label: t('synonyms.delete'),
              icon: IconTrash,
              isDanger: true,
              onClick: () => setDialog({ kind: 'delete', synonym }),
            },
          ]}
        />
      ),
    },
  ]
  return (
    <ListSection title={t('synonyms.title')} hint={t('synonyms.hint')} action={makeButton}>
      <ListTable
        label={t('synonyms.title')}
        list={list}
        columns={columns}
        rowKey={(synonym) => synonym.id}
        empty={<EmptyState icon={IconReplace} title={t('synonyms.empty.title')} text={t('synonyms.empty.text')} />}
      />
      {dialog === 'add' && <SynonymDialog synonym={null} userId={scope.user_id} onClose={close} />}
      {dialog !== null && dialog !== 'add' && dialog.kind === 'edit' && (
        <SynonymDialog synonym={dialog.synonym} onClose={close} />
      )}
      {dialog !== null && dialog !== 'add' && dialog.kind === 'delete' && (
        <DeleteDialog synonym={dialog.synonym} onClose={close} />
      )}
    </ListSection>
  )
}

/** «a = b = c», or «a → b, c» when only a search for a finds the others. */
function Group({ of: { word, words } }: { of: Synonym }) {
  const { t } = useTranslation()
  const first = word === null ? null : <bdi>{word}</bdi>
  return (
    <span className={classes.group}>
      {first}
      {first && ` ${t('synonyms.arrow')} `}
      {words.map((each, at) => (
        <span key={each}>
          {at > 0 && (word === null ? ' = ' : t('common.comma'))}
          <bdi>{each}</bdi>
        </span>
      ))}
    </span>
  )
}

function DeleteDialog({ synonym, onClose }: { synonym: Synonym; onClose: () => void }) {
  const { t } = useTranslation()
  const remove = useDeleteSynonym()
  const done = () => {
    say(t('synonyms.deleteDialog.done'))
    onClose()
  }
  return (
    <ConfirmDialog
      title={t('synonyms.deleteDialog.title')}
      button={t('synonyms.delete')}
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(synonym.id, { onSuccess: done })}
      onClose={onClose}
    >
      <div>
        <Group of={synonym} />
        <p>{t('synonyms.deleteDialog.text')}</p>
      </div>
    </ConfirmDialog>
  )
}
