import type { CatalogueIndex, Category, Provider, ServiceHead } from '../../api/types'
import type { IconName } from '../../components/icons'
import { Niche, Tag } from '../../components/texts'
import { localised } from '../../i18n'
import { Link } from '../../router'
import { t } from '../i18n'

const ICONS: Record<string, IconName> = {
  'personal-information': 'person',
  family: 'people',
  health: 'heart',
  'social-services': 'umbrella',
  property: 'home',
  business: 'briefcase',
  taxes: 'money',
  fines: 'fine',
  education: 'book',
  utilities: 'drop',
}

export function categoryIcon(id: string): IconName {
  return ICONS[id] ?? 'document'
}

export function CategoryGrid({ categories }: { categories: Category[] }) {
  return (
    <ul class="categories">
      {categories.map((category) => (
        <li key={category.id} class="categories__item">
          <Niche icon={categoryIcon(category.id)} />
          <div>
            <h3 class="heading-s">
              <Link to={`/categories/${category.id}`}>{localised(category.title)}</Link>
            </h3>
            <p class="small">{localised(category.summary)}</p>
          </div>
        </li>
      ))}
    </ul>
  )
}

export function providerNames(service: Pick<ServiceHead, 'addressees'>, providers: Provider[]): string[] {
  return service.addressees.map((id) => {
    const provider = providers.find((candidate) => candidate.id === id)
    return provider ? localised(provider.name) : id
  })
}

export function ServiceRows({ services, index, summaries = false }: { services: ServiceHead[]; index: CatalogueIndex; summaries?: boolean }) {
  return (
    <ul class="rows">
      {services.map((service) => (
        <li key={service.id}>
          <Link class="govuk-link" to={`/services/${service.id}`}>
            {localised(service.title)}
          </Link>
          {summaries && <p>{localised(service.summary)}</p>}
          <p class="small">{providerNames(service, index.providers).join(', ')}</p>
          {service.assurance === 'high' && (
            <p>
              <Tag kind="draft" icon="card">
                {t('service.needs-card')}
              </Tag>
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}
