import { Button, Group, Input, NativeSelect, Radio, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useStores } from '../../api/stores.ts'
import { type MadeToken, useMakeToken } from '../../api/tokens.ts'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { useFormats } from '../../format.ts'

interface Props {
  /** The owner of the new token; unset: the caller. */
  userId?: string | undefined
  /** For this store only; unset: the form asks. */
  storeId?: number | undefined
  onMade: (made: MadeToken) => void
  onClose: () => void
}

const EVERY = 'every'
/** Days from now. */
const SPANS = { never: null, month: 30, quarter: 90, year: 365 } as const
type Span = keyof typeof SPANS

function endOf(span: Span): string | null {
  const days = SPANS[span]
  return days === null ? null : new Date(Date.now() + days * 86_400_000).toISOString()
}

/** Makes a token for a shop or for an AI. */
export function MakeTokenDialog({ userId, storeId, onMade, onClose }: Props) {
  const { t } = useTranslation()
  const make = useMakeToken()
  const stores = useStores({ ...(userId && { user_id: userId }), limit: 200 })
  const [kind, setKind] = useState<'woocommerce' | 'knowledge'>(storeId === undefined ? 'knowledge' : 'woocommerce')
  const [name, setName] = useState('')
  const [store, setStore] = useState<string>(storeId === undefined ? EVERY : String(storeId))
  const [environment, setEnvironment] = useState<'live' | 'test'>('live')
  const [span, setSpan] = useState<Span>('never')
  const { date } = useFormats()
  const end = endOf(span)
  const [addresses, setAddresses] = useState('')
  const problem = make.error instanceof ApiProblem ? make.error : null

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const allowed = addresses.split(/[\s,]+/).filter(Boolean)
    make.mutate(
      {
        integration_type: kind,
        name: name.trim(),
        ...(store === EVERY ? { environment, ...(userId && { user_id: userId }) } : { store_id: Number(store) }),
        ...(end && { expires_at: end }),
        ...(allowed.length > 0 && { allowed_ips: allowed }),
      },
      { onSuccess: onMade },
    )
  }

  return (
    <Dialog onClose={onClose} title={t('tokens.create.title')}>
      <form onSubmit={submit}>
        <Stack>
          <Radio.Group label={t('tokens.kind')} value={kind} onChange={(value) => setKind(value as typeof kind)}>
            <Stack gap="xs" mt={6}>
              <Radio
                value="woocommerce"
                label={t('tokens.kinds.woocommerce')}
                description={t('tokens.create.kindWoocommerce')}
              />
              <Radio
                value="knowledge"
                label={t('tokens.kinds.knowledge')}
                description={t('tokens.create.kindKnowledge')}
              />
            </Stack>
          </Radio.Group>
          <TextInput
            label={t('common.name')}
            description={t('tokens.create.nameHint')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            maxLength={200}
            error={problem?.issueOf('name')}
            data-autofocus
          />
          {storeId === undefined && (
            <NativeSelect
              label={t('common.store')}
              data={[
                {
                  value: EVERY,
                  label: t(kind === 'knowledge' ? 'tokens.create.allStores' : 'tokens.create.newStore'),
                },
                ...(stores.data?.results ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
              ]}
              value={store}
              onChange={({ currentTarget }) => setStore(currentTarget.value)}
              error={problem?.issueOf('store_id')}
            />
          )}
          {store === EVERY && (
            <Input.Wrapper
              label={t('common.environment')}
              description={t('tokens.create.environmentHint')}
              labelElement="div"
            >
              <SegmentedControl
                fullWidth
                mt={4}
                aria-label={t('common.environment')}
                value={environment}
                onChange={(value) => setEnvironment(value as typeof environment)}
                data={[
                  { value: 'live', label: t('common.live') },
                  { value: 'test', label: t('common.test') },
                ]}
              />
            </Input.Wrapper>
          )}
          <NativeSelect
            label={t('tokens.expires')}
            description={end && t('tokens.create.expiresOn', { date: date(end) })}
            data={(Object.keys(SPANS) as Span[]).map((value) => ({ value, label: t(`tokens.create.spans.${value}`) }))}
            value={span}
            onChange={({ currentTarget }) => setSpan(currentTarget.value as Span)}
            error={problem?.issueOf('expires_at')}
          />
          <Textarea
            label={t('tokens.addresses')}
            description={t('tokens.create.addressesHint')}
            value={addresses}
            onChange={(event) => setAddresses(event.currentTarget.value)}
            autosize
            minRows={2}
            dir="ltr"
            error={problem?.issueOf('allowed_ips')}
          />
          {make.error && (
            <ErrorNotice error={make.error} shownElsewhere={['name', 'store_id', 'expires_at', 'allowed_ips']} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('tokens.create.button')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
