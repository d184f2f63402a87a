import { Anchor, Button, Checkbox, Code, Group, Stack, Text } from '@mantine/core'
import { IconMoodCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'wouter'
import { type Change, type DeadLetter, type Filter, type Selection, useDeadLetters } from '../../api/dead-letters.ts'
import { BackLink } from '../../components/back-link.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { WithThumbnail } from '../../components/thumbnail.tsx'
import { useHref } from '../../layout/scope.ts'
import { ChangeDialog } from './change-dialog.tsx'
import classes from './dead-letters.module.css'

/** A refused text has up to 1,200 characters: a page of 20 moves at most 20 KB or so. */
const PAGE_ROWS = 20

const keyOf = ({ kind, id }: { kind: string; id: number }) => `${kind} ${id}`

/** The dead letters of one cause: select some, or take the whole group. */
export default function LetterList({ query, group }: { query: Filter; group: string }) {
  const { t } = useTranslation()
  const nameOf = useProductName()
  const [search] = useSearchParams()
  const back = new URLSearchParams(search)
  back.delete('group')
  // The link adds the tenant itself.
  back.delete('user_id')
  const list = useDeadLetters({ ...query, group, limit: PAGE_ROWS })
  const [chosen, setChosen] = useState<Map<string, DeadLetter>>(new Map())
  const [asked, setAsked] = useState<Change | null>(null)
  const page = list.data?.results ?? []
  const nameOfLetter = (letter: DeadLetter) => nameOf(letter.product?.name || letter.product_name, letter.external_id)
  const choose = (letters: DeadLetter[], isChosen: boolean) =>
    setChosen((before) => {
      const next = new Map(before)
      for (const letter of letters) {
        if (isChosen) next.set(keyOf(letter), letter)
        else next.delete(keyOf(letter))
      }
      return next
    })
  const allHere = page.length > 0 && page.every((letter) => chosen.has(keyOf(letter)))
  const selection: Selection =
    chosen.size > 0
      ? {
          ...(query.user_id !== undefined && { user_id: query.user_id }),
          items: [...chosen.values()].map(({ kind, id }) => ({ kind, id })),
        }
      : { ...query, group }
  const columns: Column<DeadLetter>[] = [
    {
      key: 'choose',
      header: (
        <Checkbox
          aria-label={t('deadLetters.chooseAll')}
          checked={allHere}
          indeterminate={!allHere && page.some((letter) => chosen.has(keyOf(letter)))}
          onChange={(event) => choose(page, event.currentTarget.checked)}
        />
      ),
      cell: (letter) => (
        <Checkbox
          aria-label={t('deadLetters.choose', { name: nameOfLetter(letter) })}
          checked={chosen.has(keyOf(letter))}
          onChange={(event) => choose([letter], event.currentTarget.checked)}
        />
      ),
    },
    {
      key: 'product',
      header: t('deadLetters.columns.product'),
      isTitle: true,
      cell: (letter) => (
        <WithThumbnail image={letter.product?.image}>
          <LetterLink letter={letter}>{nameOfLetter(letter)}</LetterLink>
          <Text size="xs" c="dimmed">
            <bdi>{letter.store.name}</bdi>
          </Text>
        </WithThumbnail>
      ),
    },
    {
      key: 'why',
      header: t('deadLetters.columns.why'),
      cell: (letter) => (
        <div className={classes.why}>
          <Text size="sm" lineClamp={3} dir="auto">
            {letter.reason}
          </Text>
          {letter.text && (
            <details>
              <summary>{t('deadLetters.textOf')}</summary>
              <Code block dir="auto" className={classes.text}>
                {letter.text}
              </Code>
            </details>
          )}
        </div>
      ),
    },
    { key: 'failed', header: t('deadLetters.columns.failed'), cell: (letter) => <When at={letter.failed_at} /> },
  ]
  const other: Change = query.dismissed ? 'restore' : 'dismiss'
  return (
    <Stack gap="sm">
      <BackLink to={`/dead-letters${back.size > 0 ? `?${back}` : ''}`}>{t('deadLetters.allCauses')}</BackLink>
      {page[0] && (
        <Text dir="auto" fw={600} className={classes.why}>
          {page[0].reason}
        </Text>
      )}
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {chosen.size > 0 ? t('deadLetters.chosen', { count: chosen.size }) : t('deadLetters.chosenGroup')}
        </Text>
        <Group gap="xs">
          {chosen.size > 0 && (
            <Button size="xs" variant="subtle" onClick={() => setChosen(new Map())}>
              {t('deadLetters.chooseNone')}
            </Button>
          )}
          <Button size="xs" onClick={() => setAsked('replay')} disabled={page.length === 0}>
            {t(chosen.size > 0 ? 'deadLetters.replayChosen' : 'deadLetters.replayGroup')}
          </Button>
          <Button size="xs" variant="default" onClick={() => setAsked(other)} disabled={page.length === 0}>
            {t(`deadLetters.${other}`)}
          </Button>
        </Group>
      </Group>
      <ListTable
        label={t('shell.pages.deadLetters')}
        list={list}
        columns={columns}
        rowKey={keyOf}
        empty={
          <EmptyState icon={IconMoodCheck} title={t('deadLetters.empty.title')} text={t('deadLetters.emptyGroup')} />
        }
      />
      {asked && (
        <ChangeDialog
          change={asked}
          selection={selection}
          onClose={() => setAsked(null)}
          onDone={() => setChosen(new Map())}
        />
      )}
    </Stack>
  )
}

/** The event, or the product of a text. A page of the shop has no page here. */
function LetterLink({ letter, children }: { letter: DeadLetter; children: string }) {
  const href = useHref()
  const to = letter.kind === 'event' ? `/events/${letter.id}` : letter.product && `/products/${letter.product.id}`
  if (to === null) return <ShopText>{children}</ShopText>
  return (
    <Anchor component={Link} href={href(to)} fw={600} c="var(--mantine-color-text)" lineClamp={2}>
      <ShopText>{children}</ShopText>
    </Anchor>
  )
}
