import { useRef, useState } from 'preact/hooks'
import { isProblem } from '../../api/client'
import { Intention } from '../../api/intention'
import { useResource } from '../../api/resource'
import { useSubmit } from '../../api/submit'
import type { CatalogueIndex, Service, ServicePage } from '../../api/types'
import { Button, ButtonLink } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText } from '../../components/failure'
import { Columns, Heading, Main, useTitle, Width } from '../../components/page'
import { Breadcrumbs, Callout, Facts } from '../../components/texts'
import { lang, localised } from '../../i18n'
import { unbroken } from '../../i18n/numbers'
import { navigate } from '../../router'
import { useStore } from '../../store'
import { readCatalogue, readService, startDraft } from '../api'
import type { DraftList } from '../draft/delete-button'
import { DraftRows } from '../draft/draft-rows'
import { RemovedNotice } from '../draft/removed'
import { t } from '../i18n'
import { session } from '../session'
import { providerNames } from './catalogue-parts'
import { PersonalPage } from './personal'

interface Loaded {
  page: ServicePage
  index: CatalogueIndex
}

/** What a service is, who answers, how long it takes, and what is missing to begin. */
export function ServiceScreen({ serviceId }: { serviceId: string }) {
  const known = useStore(session)
  // Drafts, and what is missing, depend on who is signed in and how: the page is read again when that changes.
  const loaded = useResource<Loaded>(`service ${serviceId} ${known.state === 'ready' && known.assurance}`, async (signal) => {
    const [page, index] = await Promise.all([readService(serviceId, { signal }), readCatalogue()])
    return { page, index }
  })
  const removed = (draftId: string): void => {
    if (loaded.state !== 'ready') return
    const { page } = loaded.data
    loaded.replace({ ...loaded.data, page: { ...page, drafts: page.drafts?.filter(({ draft_id }) => draft_id !== draftId) } })
  }
  const changed = (): void => {
    if (loaded.state !== 'ready') return
    const { index } = loaded.data
    void readService(serviceId).then((page) => loaded.replace({ page, index }), () => undefined)
  }
  return <PersonalPage resource={loaded}>{(data) => <ServiceText {...data} onRemoved={removed} onChanged={changed} />}</PersonalPage>
}

function ServiceText({ page, index, ...list }: Loaded & DraftList) {
  const { service, missing } = page
  const category = index.categories.find(({ id }) => id === service.category)
  useTitle({ title: localised(service.title) })
  return (
    <Main>
      <Width>
        <Breadcrumbs
          items={[
            { text: t('tab.services'), to: '/services' },
            ...(category ? [{ text: localised(category.title), to: `/categories/${category.id}` }] : []),
          ]}
        />
        <Columns side={<ServiceFacts service={service} index={index} />}>
          <Heading>{localised(service.title)}</Heading>
          <p class="lead">{localised(service.summary)}</p>
          {missing.length > 0 ? <Missing page={page} /> : <Start page={page} {...list} />}
          <section class="section text" aria-labelledby="what">
            <h2 class="heading-m" id="what">
              {t('service.what')}
            </h2>
            {service.description[lang()].map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
          </section>
          <section class="section text" aria-labelledby="result">
            <h2 class="heading-m" id="result">
              {t('service.result')}
            </h2>
            <p>{localised(service.result)}</p>
          </section>
          <section class="section text" aria-labelledby="law">
            <h2 class="heading-m" id="law">
              {t('service.law')}
            </h2>
            <ul class="govuk-list">
              {service.legal_basis.map((law) => (
                <li key={law.url}>
                  <a href={law.url} rel="noreferrer">
                    {unbroken(localised(law.title))}
                  </a>
                </li>
              ))}
            </ul>
          </section>
          <section class="section text" aria-labelledby="data">
            <h2 class="heading-m" id="data">
              {t('service.data')}
            </h2>
            <p>{t('service.data.text')}</p>
          </section>
        </Columns>
      </Width>
    </Main>
  )
}

function ServiceFacts({ service, index }: { service: Service; index: CatalogueIndex }) {
  return (
    <Facts
      facts={[
        {
          key: t('service.who'),
          value: providerNames(service, index.providers).map((name) => (
            <span class="line" key={name}>
              {name}
            </span>
          )),
        },
        { key: t('service.deadline'), value: localised(service.deadline.text) },
        { key: t('service.fee'), value: localised(service.fee.text) },
        { key: t('service.access'), value: t(service.assurance === 'high' ? 'service.access.card' : 'service.access.password') },
        { key: t('service.signature'), value: t(service.signature === 'none' ? 'service.signature.none' : 'service.signature.qualified') },
      ]}
    />
  )
}

/** What stands between the citizen and the service, and the way there where there is one. */
function Missing({ page: { service, missing } }: { page: ServicePage }) {
  if (missing.includes('signature')) {
    return (
      <Callout kind="warn" icon="pencil">
        <p>
          <strong>{t('missing.title')}</strong>
        </p>
        <p>{t('missing.signature')}</p>
        <p>{t('missing.instead')}</p>
      </Callout>
    )
  }
  return (
    <Callout kind="warn" icon="card">
      <p>
        <strong>{t('missing.card.title')}</strong>
      </p>
      <p>{t('missing.card')}</p>
      <ButtonLink to={`/login?with=card&next=/services/${service.id}`}>{t('login.card.title')}</ButtonLink>
    </Callout>
  )
}

function Start({ page, ...list }: { page: ServicePage } & DraftList) {
  const known = useStore(session)
  const drafts = page.drafts ?? []
  if (known.state === 'unknown') return null
  if (known.state !== 'ready') {
    return (
      <div class="actions">
        <ButtonLink to={`/login?next=/services/${page.service.id}`}>{t('service.sign-in')}</ButtonLink>
      </div>
    )
  }
  return (
    <>
      <RemovedNotice />
      {drafts.length === 0 ? (
        <StartButton serviceId={page.service.id} kind="primary" text={t('service.start')} />
      ) : (
        <section class="card own-drafts" aria-labelledby="own-drafts">
          <h2 class="heading-m" id="own-drafts">
            {t('service.drafts')}
          </h2>
          <DraftRows drafts={drafts} {...list} />
          <StartButton serviceId={page.service.id} kind="secondary" text={t('service.another')} />
        </section>
      )}
    </>
  )
}

function StartButton({ serviceId, kind, text }: { serviceId: string; kind: 'primary' | 'secondary'; text: string }) {
  const submit = useSubmit()
  const intention = useRef(new Intention())
  const [failure, setFailure] = useState<string | null>(null)
  const start = (): void => {
    setFailure(null)
    void submit.run(
      async () => {
        const { data } = await startDraft(serviceId, intention.current.keyFor(serviceId))
        intention.current.done()
        await navigate(`/drafts/${data.draft_id}`)
      },
      (error) => {
        if (isProblem(error, 'signed-out')) session.set({ state: 'signed-out' })
        else setFailure(failureText(error))
      },
    )
  }
  return (
    <>
      <ErrorSummary errors={failure ? [{ text: failure }] : []} attempt={submit.attempt} />
      <div class="actions">
        <Button type="button" kind={kind} busy={submit.busy} onClick={start}>
          {text}
        </Button>
      </div>
    </>
  )
}
