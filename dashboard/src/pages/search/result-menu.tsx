import { IconEyeOff, IconPinned, IconPinnedOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Found } from '../../api/search.ts'
import { useMakeRule, useUnpin } from '../../api/search-rules.ts'
import { RowMenu } from '../../components/lists/row-menu.tsx'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { complain, say } from '../../components/text/say.tsx'

interface Props {
  result: Found['results'][number]
  /** The product's name as it is shown. */
  name: string
  /** The search that the rules are for. */
  query: string
}

/** Pins a result to its search, or hides it; the results are then asked for again. */
export function ResultMenu({ result, name, query }: Props) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const make = useMakeRule()
  const unpin = useUnpin()
  const productId = result.product.id
  const said = (message: string) => ({
    onSuccess: () => say(message),
    onError: (error: Error) => complain(problemText(error)),
  })
  return (
    <RowMenu
      name={name}
      entries={[
        result.pinned
          ? {
              label: t('search.unpin'),
              icon: IconPinnedOff,
              onClick: () => unpin.mutate({ query, productId }, said(t('search.unpinned'))),
            }
          : {
              label: t('search.pin'),
              icon: IconPinned,
              onClick: () => make.mutate({ kind: 'pin', query, product_id: productId }, said(t('search.pinned'))),
            },
        {
          label: t('search.hide'),
          icon: IconEyeOff,
          onClick: () => make.mutate({ kind: 'hide', query, product_id: productId }, said(t('search.hidden'))),
        },
        {
          label: t('search.hideEverywhere'),
          icon: IconEyeOff,
          onClick: () => make.mutate({ kind: 'hide', product_id: productId }, said(t('search.hidden'))),
        },
      ]}
    />
  )
}
