import { IconSearch, IconZoomExclamation } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useSearch } from '../../api/search.ts'
import { useSession } from '../../api/session.ts'
import { useFilters } from '../../components/lists/use-filters.ts'
import { Answered } from '../../components/notices/answered.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useScope } from '../../layout/scope.ts'
import { Passages } from './passages.tsx'
import { QUESTION, QuestionForm } from './question-form.tsx'
import { Results, UnderstoodAs } from './results.tsx'
import './words.ts'

/** The knowledge base as an AI finds it. The question is in the address. */
export default function SearchPage() {
  const { t } = useTranslation()
  const { filters, setFilters } = useFilters(QUESTION)
  const { scope, userId } = useScope()
  const { data: me } = useSession()
  const isOneTenant = me?.role === 'owner' || userId !== null
  const { q, ...others } = filters
  const found = useSearch(q ? { q, ...scope, ...others } : null)
  return (
    <>
      <PageHeader title={t('shell.pages.search')} lead={t('search.lead')} />
      <QuestionForm key={JSON.stringify(filters)} asked={filters} onAsk={setFilters} isPending={found.isFetching} />
      {q === undefined ? (
        <EmptyState icon={IconSearch} title={t('search.start.title')} text={t('search.start.text')} />
      ) : (
        <Answered query={found}>
          {(answer) => (
            <>
              <Passages passages={answer.documents} />
              {answer.results.length === 0 ? (
                <>
                  <UnderstoodAs answer={answer} />
                  <EmptyState icon={IconZoomExclamation} title={t('search.none.title')} text={t('search.none.text')} />
                </>
              ) : (
                <Results
                  answer={answer}
                  isOld={found.isPlaceholderData}
                  query={isOneTenant ? (answer.understood.layout ?? q) : null}
                />
              )}
            </>
          )}
        </Answered>
      )}
    </>
  )
}
