import { useEffect, useState } from 'preact/hooks'
import { goTo } from '../../components/error-summary'
import { Gate, Gates } from '../../components/gates'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Link, navigate, usePlace } from '../../router'
import { useStore } from '../../store'
import { CardPart } from '../card/lazy'
import { t } from '../i18n'
import { enter, session } from '../session'
import { SignInForm } from './sign-in-form'

/** The ways in. `with=card` shows the card alone, also to somebody who is signed in without it. */
export function LoginScreen() {
  const known = useStore(session)
  const place = usePlace()
  const next = safeNext(place.query.get('next'))
  const cardOnly = place.query.get('with') === 'card'
  const enough = known.state === 'ready' && (!cardOnly || known.assurance === 'high')
  useEffect(() => {
    if (enough) void navigate(next, { replace: true })
  }, [enough, next])
  return <Ways key={String(cardOnly)} next={next} cardOnly={cardOnly} stepUp={known.state === 'ready'} />
}

interface WaysProps {
  next: string
  cardOnly: boolean
  /** Somebody is signed in, and needs the card for what comes next. */
  stepUp: boolean
}

function Ways({ next, cardOnly, stepUp }: WaysProps) {
  const [failed, setFailed] = useState(false)
  const title = t(stepUp ? 'again.card' : 'login.title')
  useTitle({ title, failed })
  return (
    <Main class="main--open">
      <div class="wall hero">
        <Width>
          <Heading class="hero__title">{title}</Heading>
          {stepUp && <p class="lead">{t('login.card.back')}</p>}
          <Gates>
            {!cardOnly && (
              <Gate icon="password" title={<h2>{t('login.password')}</h2>}>
                <SignInForm onSignedIn={enter} onErrors={setFailed} />
                <p class="gate__text">{t('login.forgotten')}</p>
              </Gate>
            )}
            <Gate icon="card" title={<h2>{t('login.card')}</h2>}>
              <CardPart>
                {({ CardSignIn }) => (
                  <CardSignIn
                    second={!cardOnly}
                    onSignedIn={enter}
                    onErrors={setFailed}
                    otherwise={!cardOnly && <ToPassword />}
                  />
                )}
              </CardPart>
              {cardOnly && !stepUp && (
                <p class="gate__text">
                  <Link to={`/login?next=${next}`}>{t('login.other')}</Link>
                </p>
              )}
            </Gate>
          </Gates>
        </Width>
      </div>
      <Width>
        <div class="two">
          {!stepUp && (
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
          )}
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

/** The form stands beside: its first field takes the focus. */
function ToPassword() {
  return (
    <button type="button" class="as-link" onClick={() => goTo('email')}>
      {t('login.other')}
    </button>
  )
}

/** Only a route of this site may follow the login. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?!\/)[\w/.-]*$/.test(next) && next !== '/login' ? next : '/home'
}
