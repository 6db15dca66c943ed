import { useEffect } from 'preact/hooks'
import { useResource } from '../../api/resource'
import type { ServiceHead } from '../../api/types'
import { ButtonLink } from '../../components/button'
import { Gate, Gates } from '../../components/gates'
import { Loadable } from '../../components/loadable'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Niche } from '../../components/texts'
import { Link } from '../../router'
import { useStore } from '../../store'
import { readCatalogue } from '../api'
import { t } from '../i18n'
import { session } from '../session'
import { CategoryGrid, ServiceRows } from './catalogue-parts'
import { SearchForm } from './search-form'

/** The front page: search, the ways in, the ten categories, how to register. */
export function FrontScreen() {
  const known = useStore(session)
  const catalogue = useResource('catalogue', readCatalogue)
  useTitle({ title: t('portal.tagline') })
  useEffect(() => {
    const { hash } = window.location
    if (hash) document.getElementById(hash.slice(1))?.scrollIntoView()
  }, [])
  return (
    <Main class="main--open">
      <div class="wall hero">
        <Width>
          <div class="hero__columns">
            <div class="hero__words">
              <Heading class="hero__title">{t('front.title')}</Heading>
              <p class="lead">{t('front.lead')}</p>
              <SearchForm id="front-search" large />
            </div>
            <div class="hero__gates">{known.state === 'ready' ? <OwnGate /> : <LoginGates />}</div>
          </div>
        </Width>
      </div>
      <Width>
        <section class="section" aria-labelledby="categories">
          <h2 class="heading-l" id="categories">
            {t('categories.title')}
          </h2>
          <Loadable resource={catalogue}>{(index) => <CategoryGrid categories={index.categories} />}</Loadable>
        </section>
        <div class="two">
          <section aria-labelledby="available">
            <h2 class="heading-m" id="available">
              {t('front.services')}
            </h2>
            <Loadable resource={catalogue}>{(index) => <ServiceRows services={openFirst(index.services).slice(0, 4)} index={index} />}</Loadable>
          </section>
          <HowToRegister />
        </div>
      </Width>
    </Main>
  )
}

/** Those first that a password is enough for. */
function openFirst(services: ServiceHead[]): ServiceHead[] {
  return [...services].sort((a, b) => Number(a.assurance === 'high') - Number(b.assurance === 'high'))
}

function LoginGates() {
  return (
    <>
      <h2 class="heading-m hero__subtitle">{t('login.title')}</h2>
      <Gates label={t('login.title')}>
        <Gate icon="password" title={<Link to="/login">{t('login.password')}</Link>}>
          <p class="small">{t('login.password.short')}</p>
        </Gate>
        <Gate icon="card" title={<Link to="/login?with=card">{t('login.card')}</Link>}>
          <p class="small">{t('login.card.short')}</p>
        </Gate>
      </Gates>
    </>
  )
}

function OwnGate() {
  return (
    <Gates>
      <Gate icon="person" title={<Link to="/home">{t('tab.home')}</Link>}>
        <p class="small">{t('front.own')}</p>
      </Gate>
    </Gates>
  )
}

function HowToRegister() {
  return (
    <section aria-labelledby="register">
      <h2 class="heading-m" id="register">
        {t('register.title')}
      </h2>
      <ul class="rows">
        <li class="with-niche">
          <Niche icon="building" />
          <div>
            <h3 class="heading-s">{t('register.house')}</h3>
            <p>{t('register.house.text')}</p>
            <p>
              <ButtonLink kind="secondary" to="/login">
                {t('login.action')}
              </ButtonLink>
            </p>
          </div>
        </li>
        <li class="with-niche">
          <Niche icon="card" />
          <div>
            <h3 class="heading-s">{t('login.card')}</h3>
            <p>{t('register.card.text')}</p>
            <p>
              <ButtonLink kind="secondary" to="/login?with=card">
                {t('login.card.title')}
              </ButtonLink>
            </p>
            <p>
              <Link class="govuk-link" to="/card">
                {t('footer.card')}
              </Link>
            </p>
          </div>
        </li>
      </ul>
    </section>
  )
}
