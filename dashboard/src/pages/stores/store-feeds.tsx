import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Feed,
  type FeedKind,
  type MadeFeed,
  useFeedCoverage,
  useFeeds,
  useMakeFeed,
  useRevokeFeed,
  useRotateFeed,
} from '../../api/feeds.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { Facts } from '../../components/facts.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import './feed-words.ts'

const KINDS: FeedKind[] = ['google', 'acp', 'torob', 'llms']

/** The product feeds of a store: make one, copy its address once, replace or end it. */
export function StoreFeeds({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const feeds = useFeeds(storeId)
  const make = useMakeFeed()
  const [kind, setKind] = useState<FeedKind>('google')
  const [shown, setShown] = useState<MadeFeed | null>(null)
  return (
    <Section title={t('feeds.title')} hint={t('feeds.hint')}>
      <Answered query={feeds}>
        {({ results }) =>
          results.length === 0 ? (
            <Text size="sm">{t('feeds.none')}</Text>
          ) : (
            <Stack gap="lg">
              {results.map((feed) => (
                <StoreFeed key={feed.id} feed={feed} onShown={setShown} />
              ))}
            </Stack>
          )
        }
      </Answered>
      <Group align="flex-end">
        <NativeSelect
          label={t('feeds.kind')}
          data={KINDS.map((value) => ({ value, label: t(`feeds.kinds.${value}`) }))}
          value={kind}
          onChange={({ currentTarget }) => setKind(KINDS.find((one) => one === currentTarget.value) ?? kind)}
        />
        <Button
          variant="default"
          loading={make.isPending}
          onClick={() => make.mutate({ store_id: storeId, kind }, { onSuccess: setShown })}
        >
          {t('feeds.make')}
        </Button>
      </Group>
      {make.error && <ErrorNotice error={make.error} />}
      {shown && <ShownFeedDialog feed={shown} onClose={() => setShown(null)} />}
    </Section>
  )
}

function StoreFeed({ feed, onShown }: { feed: Feed; onShown: (made: MadeFeed) => void }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const rotate = useRotateFeed()
  const revoke = useRevokeFeed()
  const [asking, setAsking] = useState<'replace' | 'revoke' | null>(null)
  const change = asking === 'replace' ? rotate : revoke
  const close = () => setAsking(null)
  const confirm = () => {
    if (asking === 'replace') {
      rotate.mutate(feed.id, {
        onSuccess: (made) => {
          close()
          onShown(made)
        },
      })
    } else {
      revoke.mutate(feed.id, {
        onSuccess: () => {
          close()
          say(t('feeds.revoked'))
        },
      })
    }
  }
  const kind = t(`feeds.kinds.${feed.kind}`)
  return (
    <Stack gap="xs">
      <Facts
        facts={[
          [t('feeds.kind'), kind],
          [
            t('feeds.address'),
            <span key="address" className="ltr">
              {feed.token_preview}
            </span>,
          ],
          [t('feeds.lastRead'), <When key="read" at={feed.last_read_at} />],
          [t('feeds.reads'), number(feed.reads)],
        ]}
      />
      <Coverage feedId={feed.id} />
      <Group justify="flex-end">
        <Button variant="default" onClick={() => setAsking('replace')}>
          {t('feeds.replace')}
        </Button>
        <Button variant="default" c="var(--mantine-color-error)" onClick={() => setAsking('revoke')}>
          {t('feeds.revoke')}
        </Button>
      </Group>
      {asking && (
        <ConfirmDialog
          title={t(`feeds.${asking}Title`, { kind })}
          button={t(`feeds.${asking}`)}
          isDangerous
          isPending={change.isPending}
          error={change.error}
          onConfirm={confirm}
          onClose={close}
        >
          {t(`feeds.${asking}Text`)}
        </ConfirmDialog>
      )}
    </Stack>
  )
}

function Coverage({ feedId }: { feedId: number }) {
  const { t } = useTranslation()
  const coverage = useFeedCoverage(feedId)
  return (
    <Answered query={coverage}>
      {({ included, products, left_out: leftOut }) => (
        <div>
          <Text size="sm">{t('feeds.coverage', { included, products })}</Text>
          {leftOut.map(({ reason, products: count, examples }) => (
            <Text key={reason} size="sm" c="dimmed">
              {t(`feeds.reasons.${reason}`, { count })}{' '}
              <bdi>{examples.map(({ name }) => name).join(t('feeds.comma'))}</bdi>
            </Text>
          ))}
        </div>
      )}
    </Answered>
  )
}

/** The only time that an address can be read. It is closed by its own button, not by a click beside it. */
function ShownFeedDialog({ feed, onClose }: { feed: MadeFeed; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      onClose={onClose}
      title={t('feeds.shownTitle')}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Text size="sm">{t('feeds.shownText')}</Text>
        {feed.addresses.map((address) => (
          <CopyField key={address} label={t('feeds.address')} value={address} />
        ))}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('feeds.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
