import { Button, Group, NativeSelect, Progress, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, lazy, Suspense, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type NewResend,
  type Resend,
  useCancelResend,
  useCategories,
  useResend,
  useResends,
} from '../../api/freshness.ts'
import { ApiProblem } from '../../api/problem.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'

/** Few choose single products, and a search field with many choices is the largest part of the form. */
const ProductChoice = lazy(() => import('./product-choice.tsx'))

const KINDS = ['failed', 'category', 'since', 'products', 'all'] as const
const FIELDS = ['category', 'since', 'product_ids']

const TONES: Record<Resend['state'], Tone> = {
  asked: 'info',
  taken: 'info',
  done: 'good',
  replaced: 'neutral',
  cancelled: 'neutral',
  expired: 'warning',
}

/** Asks the plugin to send a part of the products again, and shows how far it is. */
export function StoreResend({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  return (
    <Section title={t('freshness.resend.title')} hint={t('freshness.resend.hint')}>
      <ResendForm storeId={storeId} />
      <Requests storeId={storeId} />
    </Section>
  )
}

function ResendForm({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const resend = useResend(storeId)
  const [kind, setKind] = useState<NewResend['kind']>('failed')
  const [category, setCategory] = useState('')
  const [since, setSince] = useState('')
  const [products, setProducts] = useState<string[]>([])
  const categoryList = useId()
  const categories = useCategories(storeId, kind === 'category')
  const problem = resend.error instanceof ApiProblem ? resend.error : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    resend.mutate(
      {
        kind,
        ...(kind === 'category' && { category }),
        ...(kind === 'since' && { since: new Date(since).toISOString() }),
        ...(kind === 'products' && { product_ids: products.map(Number) }),
      },
      { onSuccess: () => say(t('freshness.resend.asked')) },
    )
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NativeSelect
          label={t('freshness.resend.what')}
          data={KINDS.map((value) => ({ value, label: t(`freshness.resend.kinds.${value}`) }))}
          value={kind}
          onChange={({ currentTarget }) => {
            resend.reset()
            setKind(currentTarget.value as NewResend['kind'])
          }}
        />
        {kind === 'category' && (
          <>
            <TextInput
              label={t('freshness.resend.category')}
              description={t('freshness.resend.categoryHint')}
              list={categoryList}
              value={category}
              onChange={(event) => setCategory(event.currentTarget.value)}
              maxLength={200}
              dir="auto"
              required
              error={problem?.issueOf('category')}
            />
            <datalist id={categoryList}>
              {categories.data?.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
        {kind === 'since' && (
          <TextInput
            type="datetime-local"
            label={t('freshness.resend.since')}
            value={since}
            onChange={(event) => setSince(event.currentTarget.value)}
            required
            error={problem?.issueOf('since')}
          />
        )}
        {kind === 'products' && (
          <Suspense>
            <ProductChoice storeId={storeId} chosen={products} onChange={setProducts} />
          </Suspense>
        )}
        {resend.error && <ErrorNotice error={resend.error} shownElsewhere={FIELDS} />}
        <Group justify="flex-end">
          <Button type="submit" loading={resend.isPending} disabled={kind === 'products' && products.length === 0}>
            {t('freshness.resend.button')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Requests({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const list = useResends(storeId)
  const cancel = useCancelResend(storeId)
  return (
    <Answered query={list}>
      {({ results }) =>
        results.length === 0 ? null : (
          <Stack gap="sm" role="list" aria-label={t('freshness.resend.list')}>
            {results.map((request) => (
              <Request
                key={request.id}
                request={request}
                isPending={cancel.isPending}
                onCancel={() => cancel.mutate(request.id, { onSuccess: () => say(t('freshness.resend.cancelled')) })}
              />
            ))}
            {cancel.error && <ErrorNotice error={cancel.error} />}
          </Stack>
        )
      }
    </Answered>
  )
}

interface RequestProps {
  request: Resend
  isPending: boolean
  onCancel: () => void
}

function Request({ request, isPending, onCancel }: RequestProps) {
  const { t } = useTranslation()
  const { dateTime } = useFormats()
  const { kind, category, since, state, done, total, message } = request
  const subject = category ?? (since === null ? null : dateTime(since))
  return (
    <Stack gap={4} role="listitem">
      <Group justify="space-between">
        <Group gap="xs">
          <StateBadge tone={TONES[state]}>{t(`freshness.resend.states.${state}`)}</StateBadge>
          <Text size="sm" fw={600}>
            {t(`freshness.resend.kinds.${kind}`)}
            {subject !== null && (
              <>
                : <bdi>{subject}</bdi>
              </>
            )}
          </Text>
        </Group>
        <Text size="xs" c="dimmed">
          <When at={request.created_at} />
        </Text>
      </Group>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        {state === 'asked' && (
          <Button size="compact-xs" variant="default" loading={isPending} onClick={onCancel}>
            {t('freshness.resend.cancel')}
          </Button>
        )}
      </Group>
      {state === 'taken' && total !== null && total > 0 && (
        <Progress value={(100 * done) / total} aria-label={t('freshness.resend.progress')} />
      )}
    </Stack>
  )
}
