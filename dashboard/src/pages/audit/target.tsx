import { Anchor, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { AuditEntry } from '../../api/audit.ts'
import { useMe } from '../../api/session.ts'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'

type Target = NonNullable<AuditEntry['target']>

/** The page of the dashboard that shows a target, or null. */
function pathOf({ target, store, tenant }: AuditEntry, isAdmin: boolean): string | null {
  if (!target || target.is_deleted) return null
  const ofStore = store && !store.is_deleted ? `/stores/${store.id}` : null
  const paths: Record<Target['kind'], string | null> = {
    store: ofStore,
    token: ofStore ?? '/tokens',
    product: `/products/${target.id}`,
    event: `/events/${target.id}`,
    text: '/dead-letters?kind=embedding',
    user: isAdmin ? `/?user_id=${target.id}` : null,
    tenant: isAdmin && tenant?.user_id ? `/?user_id=${tenant.user_id}` : null,
    synonym: '/synonyms',
    search_rule: '/synonyms',
    agent: '/agents',
    feed: ofStore,
    alert: '/alerts',
    alert_channel: '/alerts?view=channels',
  }
  return paths[target.kind]
}

/** The name of the thing that was changed, with a link to it as long as it is there, and the store that it belongs to. */
export function AuditTarget({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  const { role } = useMe()
  const href = useHref()
  const { target, store } = entry
  if (!target && !store) return t('common.none')
  const path = pathOf(entry, role === 'admin')
  // Users have long ids, which differ in their beginning; all other ids are numbers.
  const id = target && (target.kind === 'user' ? target.id.slice(0, 8) : numeral(target.id))
  const kind = target && t(`audit.kinds.${target.kind}`)
  const name: ReactNode = target && (target.name ? <bdi>{target.name}</bdi> : <bdi>{id}</bdi>)
  return (
    <div>
      {target && (
        <div>
          <Text span size="xs" c="dimmed">
            {kind}{' '}
          </Text>
          {path ? (
            <Anchor component={Link} inherit href={path.includes('user_id=') ? path : href(path)}>
              {name}
            </Anchor>
          ) : (
            name
          )}
          {target.is_deleted && (
            <Text span size="xs" c="dimmed">
              {' '}
              {t('audit.deleted')}
            </Text>
          )}
        </div>
      )}
      {store && target?.kind !== 'store' && <StoreName store={store} />}
    </div>
  )
}

function StoreName({ store }: { store: NonNullable<AuditEntry['store']> }) {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  const href = useHref()
  const name = <bdi>{store.name ?? numeral(store.id)}</bdi>
  return (
    <Text size="xs" c="dimmed">
      {t('audit.kinds.store')}{' '}
      {store.is_deleted ? (
        <>
          {name} {t('audit.deleted')}
        </>
      ) : (
        <Anchor component={Link} href={href(`/stores/${store.id}`)} size="xs">
          {name}
        </Anchor>
      )}
    </Text>
  )
}

/** The person who acted: name and address, or the kind where there is no person. */
export function AuditActor({ actor, tenant }: AuditEntry) {
  const { t } = useTranslation()
  const { role } = useMe()
  const who = actor.is_deleted ? (
    t('audit.deletedUser')
  ) : actor.email ? (
    <>
      <bdi>{actor.name ?? actor.email}</bdi>
      {actor.name && (
        <Text size="xs" c="dimmed">
          <bdi>{actor.email}</bdi>
        </Text>
      )}
    </>
  ) : (
    t(`common.actors.${actor.kind}`)
  )
  // An admin reads the entries of many tenants.
  const isOfAnother = role === 'admin' && tenant !== null && tenant.user_id !== actor.id
  return (
    <div>
      {who}
      {isOfAnother && (
        <Text size="xs" c="dimmed">
          {t('audit.kinds.tenant')}{' '}
          {tenant.email ? (
            <Anchor component={Link} href={`/?user_id=${tenant.user_id}`} size="xs">
              <bdi>{tenant.email}</bdi>
            </Anchor>
          ) : (
            <>
              <bdi>{tenant.id}</bdi> {t('audit.deleted')}
            </>
          )}
        </Text>
      )}
    </div>
  )
}
