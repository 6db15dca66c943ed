import { useState } from 'preact/hooks'
import { useResource } from '../../api/resource'
import type { CatalogueIndex } from '../../api/types'
import { ButtonLink } from '../../components/button'
import { PageFailure } from '../../components/failure'
import { Loadable } from '../../components/loadable'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Breadcrumbs, Empty, Loading } from '../../components/texts'
import { localised } from '../../i18n'
import { usePlace } from '../../router'
import { readCatalogue } from '../api'
import { t } from '../i18n'
import { search } from '../search'
import { CategoryGrid, categoryIcon, ServiceRows } from './catalogue-parts'
import { NotFoundScreen } from './not-found'
import { SearchForm } from './search-form'

/** All services, by search or by category. */
export function ServicesScreen() {
  const asked = usePlace().query.get('q') ?? ''
  const catalogue = useResource('catalogue', readCatalogue)
  useTitle({ title: asked ? t('search.title', { query: asked }) : t('tab.services') })
  return (
    <Main>
      <Width>
        <Heading>{t('tab.services')}</Heading>
        <Loadable resource={catalogue}>{(index) => <Found key={asked} index={index} asked={asked} />}</Loadable>
      </Width>
    </Main>
  )
}

function Found({ index, asked }: { index: CatalogueIndex; asked: string }) {
  const [query, setQuery] = useState(asked)
  const found = search(index, query)
  const searching = query.trim() !== ''
  return (
    <>
      <SearchForm id="search" initial={asked} onType={setQuery} />
      <section class="section" aria-labelledby="found">
        <h2 class="heading-m" id="found">
          {searching ? t('search.found') : t('services.all')}
        </h2>
        <p role="status" class={searching ? 'meta' : 'govuk-visually-hidden'}>
          {searching ? t('search.count', { n: found.length }) : ''}
        </p>
        {found.length > 0 ? (
          <ServiceRows services={found} index={index} summaries />
        ) : (
          <Empty icon="search">{t('search.none')}</Empty>
        )}
      </section>
      <section class="section" aria-labelledby="categories">
        <h2 class="heading-m" id="categories">
          {t('categories.title')}
        </h2>
        <CategoryGrid categories={index.categories} />
      </section>
    </>
  )
}

export function CategoryScreen({ categoryId }: { categoryId: string }) {
  const catalogue = useResource('catalogue', readCatalogue)
  if (catalogue.state === 'ready') {
    return <CategoryPage index={catalogue.data} categoryId={categoryId} />
  }
  return (
    <Main>
      <Width>
        {catalogue.state === 'failed' ? <PageFailure error={catalogue.error} onRetry={catalogue.reload} /> : <Loading />}
      </Width>
    </Main>
  )
}

function CategoryPage({ index, categoryId }: { index: CatalogueIndex; categoryId: string }) {
  const category = index.categories.find(({ id }) => id === categoryId)
  useTitle({ title: category ? localised(category.title) : t('not-found.title') })
  if (!category) return <NotFoundScreen />
  const services = index.services.filter((service) => service.category === categoryId)
  return (
    <Main>
      <Width>
        <Breadcrumbs items={[{ text: t('tab.services'), to: '/services' }]} />
        <Heading>{localised(category.title)}</Heading>
        <p class="lead">{localised(category.summary)}</p>
        {services.length > 0 ? (
          <ServiceRows services={services} index={index} summaries />
        ) : (
          <Empty
            icon={categoryIcon(categoryId)}
            action={
              <ButtonLink kind="secondary" to="/services">
                {t('services.all')}
              </ButtonLink>
            }
          >
            {t('category.empty')}
          </Empty>
        )}
      </Width>
    </Main>
  )
}
