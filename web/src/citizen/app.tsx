import { useEffect, useState } from 'preact/hooks'
import type { AppProps } from '../boot'
import { ButtonLink } from '../components/button'
import { Footer } from '../components/footer'
import { Header, SkipLink, type Tab } from '../components/header'
import { Main, Width } from '../components/page'
import { PageFailure } from '../components/failure'
import { Loading } from '../components/texts'
import { Unreachable } from '../api/client'
import { Link, navigate, usePlace } from '../router'
import { useStore } from '../store'
import { t } from './i18n'
import { findScreen } from './routes'
import { refreshSession, session, type Known } from './session'
import { ContactScreen } from './screens/contact'
import { LoginScreen } from './screens/login'
import { NewPasswordScreen } from './screens/new-password'
import { TermsScreen } from './screens/terms'
import { leave } from './screens/sign-out'

export function App({ onLanguage }: AppProps) {
  const known = useStore(session)
  const { route } = usePlace()
  useEffect(() => void refreshSession(), [])
  const citizen = 'citizen' in known ? known.citizen : undefined
  const ready = known.state === 'ready'
  return (
    <>
      <SkipLink />
      <Header
        home={ready ? '/home' : '/'}
        tagline={t('portal.tagline')}
        layout={ready ? 'tabs' : 'row'}
        tabs={ready ? personalTabs('unread_notices' in known ? (known.unread_notices ?? 0) : 0) : publicTabs()}
        user={citizen && { name: `${citizen.first_name} ${citizen.last_name}`, items: <UserItems ready={ready} /> }}
        action={known.state === 'signed-out' && route !== '/login' ? <ButtonLink kind="search" to="/login">{t('login.action')}</ButtonLink> : undefined}
        onLanguage={onLanguage}
      />
      <Screen known={known} />
      <Footer />
    </>
  )
}

function personalTabs(unread: number): Tab[] {
  const under = (...starts: string[]) => (route: string) => starts.some((start) => route === start || route.startsWith(`${start}/`))
  return [
    { to: '/home', text: t('tab.home'), within: under('/home', '/drafts') },
    { to: '/services', text: t('tab.services'), within: under('/services', '/categories') },
    { to: '/requests', text: t('tab.requests'), within: under('/requests') },
    { to: '/notices', text: t('tab.notices'), within: under('/notices'), count: unread },
  ]
}

function publicTabs(): Tab[] {
  return [
    { to: '/services', text: t('tab.services'), within: (route) => /^\/(services|categories)/.test(route) },
    { to: '/terms', text: t('footer.terms'), within: (route) => route === '/terms' },
  ]
}

function UserItems({ ready }: { ready: boolean }) {
  const [failed, setFailed] = useState(false)
  return (
    <ul>
      {ready && (
        <li>
          <Link to="/profile">{t('profile.title')}</Link>
        </li>
      )}
      <li>
        <button type="button" class="as-link" onClick={() => void leave().catch(() => setFailed(true))}>
          {t('sign-out')}
        </button>
        {failed && <span role="alert">{t('sign-out.failed')}</span>}
      </li>
    </ul>
  )
}

/** The screen for this place; a session that is not ready yet has screens of its own that come first. */
function Screen({ known }: { known: Known }) {
  const place = usePlace()
  const found = findScreen(place.route)
  const needsLogin = !found.public && known.state === 'signed-out'
  const target = `/login?next=${encodeURIComponent(place.route)}`
  useEffect(() => {
    if (needsLogin) void navigate(target, { replace: true })
  }, [needsLogin, target])

  if (known.state === 'new-password') return <NewPasswordScreen />
  if (known.state === 'contact') return <ContactScreen citizen={known.citizen} />
  if (known.state === 'terms') return <TermsScreen toAccept />
  if (place.route === '/login') return <LoginScreen />
  if (found.public || known.state === 'ready') return found.render()
  return (
    <Main>
      <Width>
        {known.state === 'unreachable' ? (
          <PageFailure error={new Unreachable()} onRetry={() => void refreshSession()} />
        ) : (
          <Loading />
        )}
      </Width>
    </Main>
  )
}
