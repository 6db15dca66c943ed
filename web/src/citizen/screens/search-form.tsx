import { useEffect, useState } from 'preact/hooks'
import { Button } from '../../components/button'
import { navigate } from '../../router'
import { t } from '../i18n'

interface Props {
  id: string
  large?: boolean
  initial?: string
  /** Called with every letter, where the results stand on the same page. */
  onType?: (query: string) => void
}

export function SearchForm({ id, large = false, initial = '', onType }: Props) {
  const [query, setQuery] = useState(initial)
  useEffect(() => setQuery(initial), [initial])
  const send = (event: Event): void => {
    event.preventDefault()
    const words = query.trim()
    void navigate(words ? `/services?q=${encodeURIComponent(words)}` : '/services')
  }
  return (
    <form class={large ? 'search search--large' : 'search'} role="search" onSubmit={send}>
      <label class="govuk-label" for={id}>
        {t('search.label')}
      </label>
      <div class="search__row">
        <input
          class="govuk-input"
          id={id}
          name="q"
          type="search"
          autocomplete="off"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value)
            onType?.(event.currentTarget.value)
          }}
        />
        <Button kind="search" icon="search">
          {t('search.action')}
        </Button>
      </div>
    </form>
  )
}
