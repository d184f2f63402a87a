import { Button, Card, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Page } from '../../../../server/src/platform/http/lists.ts'
import { Answered } from '../notices/answered.tsx'
import { LinesSkeleton } from '../notices/skeletons.tsx'
import classes from './list-table.module.css'

export interface Column<Row> {
  key: string
  header: ReactNode
  cell: (row: Row) => ReactNode
  /** The row's name, which a screen reader says before its other cells. */
  isTitle?: boolean
  /** At the end of the line, such as figures and actions. */
  isEnd?: boolean
}

interface Props<Row> {
  /** The subject of the table, for screen readers. */
  label: string
  /** Of `useList`. */
  list: {
    data: Page<Row> | undefined
    error: Error | null
    refetch: () => unknown
    isPlaceholderData: boolean
    goNext: (() => void) | undefined
    goPrevious: (() => void) | undefined
  }
  columns: Column<Row>[]
  rowKey: (row: Row) => string | number
  /** In place of a table without rows. */
  empty: ReactNode
}

/** One page of a list: a table, on phones a stack of cards, with the way to its neighbours. */
export function ListTable<Row>({ label, list, columns, rowKey, empty }: Props<Row>) {
  return (
    <Card p={0} className={classes.card}>
      <div className={classes.inside}>
        <Answered
          query={list}
          skeleton={
            <div className={classes.waiting}>
              <LinesSkeleton />
            </div>
          }
        >
          {(page) =>
            page.results.length === 0 && !list.goPrevious ? (
              empty
            ) : (
              <>
                <Table label={label} rows={page.results} isOld={list.isPlaceholderData} {...{ columns, rowKey }} />
                <Neighbours list={list} count={page.count} isExact={page.count_exact} />
              </>
            )
          }
        </Answered>
      </div>
    </Card>
  )
}

interface TableProps<Row> {
  label: string
  columns: Column<Row>[]
  rows: Row[]
  rowKey: (row: Row) => string | number
  /** True while rows for another filter or page are being loaded. */
  isOld?: boolean
  /** True: the columns have fixed widths, whatever stands in them, and values are one below the other on phones. */
  isEven?: boolean
}

/** The rows alone. The roles are named because a table laid out as blocks loses them. */
export function Table<Row>({ label, columns, rows, rowKey, isOld = false, isEven = false }: TableProps<Row>) {
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above.
    <table className={classes.table} data-even={isEven || undefined} aria-label={label} aria-busy={isOld} role="table">
      <thead role="rowgroup" className={classes.head}>
        <tr role="row">
          {columns.map((column) => (
            <th key={column.key} scope="col" role="columnheader" data-end={column.isEnd}>
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" className={classes.body}>
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row">
            {columns.map((column) => {
              const text = typeof column.header === 'string' ? column.header : undefined
              const shared = { 'data-end': column.isEnd, 'data-label': text }
              return column.isTitle ? (
                <th key={column.key} scope="row" role="rowheader" {...shared}>
                  {column.cell(row)}
                </th>
              ) : (
                <td key={column.key} role="cell" {...shared}>
                  {column.cell(row)}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above.
  )
}

function Neighbours<Row>({ list, count, isExact }: { list: Props<Row>['list']; count: number; isExact: boolean }) {
  const { t } = useTranslation()
  return (
    <Group justify="space-between" className={classes.foot}>
      <Text size="sm" c="dimmed" role="status">
        {isExact ? t('common.countRows', { count }) : t('common.countAbout', { count })}
      </Text>
      {(list.goNext || list.goPrevious) && (
        <Group component="nav" gap="xs" aria-label={t('common.pages')}>
          <Button
            size="xs"
            variant="default"
            disabled={!list.goPrevious}
            onClick={list.goPrevious}
            leftSection={<IconChevronLeft size={16} className={classes.turns} />}
          >
            {t('common.previous')}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!list.goNext}
            onClick={list.goNext}
            rightSection={<IconChevronRight size={16} className={classes.turns} />}
          >
            {t('common.next')}
          </Button>
        </Group>
      )}
    </Group>
  )
}
