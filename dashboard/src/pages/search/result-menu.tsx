import { Menu } from '@mantine/core'
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
    <RowMenu name={name}>
      {result.pinned ? (
        <Menu.Item
          leftSection={<IconPinnedOff size={17} />}
          onClick={() => unpin.mutate({ query, productId }, said(t('search.unpinned')))}
        >
          {t('search.unpin')}
        </Menu.Item>
      ) : (
        <Menu.Item
          leftSection={<IconPinned size={17} />}
          onClick={() => make.mutate({ kind: 'pin', query, product_id: productId }, said(t('search.pinned')))}
        >
          {t('search.pin')}
        </Menu.Item>
      )}
      <Menu.Item
        leftSection={<IconEyeOff size={17} />}
        onClick={() => make.mutate({ kind: 'hide', query, product_id: productId }, said(t('search.hidden')))}
      >
        {t('search.hide')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconEyeOff size={17} />}
        onClick={() => make.mutate({ kind: 'hide', product_id: productId }, said(t('search.hidden')))}
      >
        {t('search.hideEverywhere')}
      </Menu.Item>
    </RowMenu>
  )
}
