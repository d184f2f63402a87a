import { Skeleton, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** A placeholder for lines that are being loaded. */
export function LinesSkeleton({ lines = 6 }: { lines?: number }) {
  const { t } = useTranslation()
  return (
    <Stack gap="md" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
        <Skeleton key={line} height={18} width={`${92 - ((line * 17) % 40)}%`} />
      ))}
    </Stack>
  )
}

/** A placeholder for a page whose code is being loaded. */
export function PageSkeleton() {
  const { t } = useTranslation()
  return (
    <Stack gap="lg" role="status" aria-label={t('common.loading')}>
      <Skeleton height={32} width="14rem" />
      <Skeleton height={160} radius="lg" />
      <Skeleton height={240} radius="lg" />
    </Stack>
  )
}
