import { useEffect, useState } from 'preact/hooks'
import { Gate, Gates } from '../../components/gates'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Tag } from '../../components/texts'
import { Link, navigate, usePlace } from '../../router'
import { useStore } from '../../store'
import { t } from '../i18n'
import { enter, session } from '../session'
import { SignInForm } from './sign-in-form'

export function LoginScreen() {
  const known = useStore(session)
  const place = usePlace()
  const [failed, setFailed] = useState(false)
  const next = safeNext(place.query.get('next'))
  useTitle({ title: t('login.title'), failed })
  useEffect(() => {
    if (known.state === 'ready') void navigate(next, { replace: true })
  }, [known.state, next])

  return (
    <Main class="main--open">
      <div class="wall hero">
        <Width>
          <Heading class="hero__title">{t('login.title')}</Heading>
          <Gates>
            <Gate icon="password" title={<h2>{t('login.password')}</h2>}>
              <SignInForm onSignedIn={enter} onErrors={setFailed} />
              <p class="gate__text">{t('login.forgotten')}</p>
            </Gate>
            <Gate icon="card" title={<h2>{t('login.card')}</h2>}>
              <p>
                <Tag kind="draft" icon="clock">
                  {t('login.card.soon')}
                </Tag>
              </p>
              <p class="gate__text">{t('login.card.text')}</p>
              <p class="gate__text">{t('login.card.instead')}</p>
            </Gate>
          </Gates>
        </Width>
      </div>
      <Width>
        <div class="two">
          <section aria-labelledby="not-registered">
            <h2 class="heading-m" id="not-registered">
              {t('login.not-registered')}
            </h2>
            <p>{t('login.not-registered.text')}</p>
            <p>
              <Link class="govuk-link" to="/#register">
                {t('footer.register')}
              </Link>
            </p>
          </section>
          <section aria-labelledby="safety">
            <h2 class="heading-m" id="safety">
              {t('login.safety')}
            </h2>
            <p>{t('login.safety.text')}</p>
          </section>
        </div>
      </Width>
    </Main>
  )
}

/** Only a route of this site may follow the login. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?!\/)[\w/.-]*$/.test(next) && next !== '/login' ? next : '/home'
}
