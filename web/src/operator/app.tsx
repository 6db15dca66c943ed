import { useEffect } from 'preact/hooks'
import { Unreachable } from '../api/client'
import type { AppProps } from '../boot'
import { PageFailure } from '../components/failure'
import { StaffFooter } from '../components/footer'
import { Header, SkipLink, type Tab } from '../components/header'
import { Main, Width } from '../components/page'
import { Loading } from '../components/texts'
import { matchRoute, usePlace } from '../router'
import { useStore } from '../store'
import { signOut } from './api'
import { t } from './i18n'
import { FindScreen } from './screens/find'
import { LoginScreen } from './screens/login'
import { NotFoundScreen } from './screens/not-found'
import { RegisterScreen } from './screens/register'
import { enter, refreshSession, session, type Known } from './session'

export function App({ onLanguage }: AppProps) {
  const known = useStore(session)
  useEffect(() => void refreshSession(), [])
  const ready = known.state === 'ready'
  const name = ('operator' in known && known.operator?.email) || t('desk.operator')
  return (
    <>
      <SkipLink />
      <Header
        home="/operator"
        tagline={t('desk.name')}
        layout={ready ? 'tabs' : 'row'}
        tabs={ready ? tabs() : []}
        user={ready ? { name, items: <UserItems /> } : undefined}
        onLanguage={onLanguage}
      />
      <Screen known={known} />
      <StaffFooter />
    </>
  )
}

function tabs(): Tab[] {
  return [
    { to: '/operator', text: t('tab.register'), within: (route) => route === '/operator' },
    { to: '/operator/citizens', text: t('tab.find'), within: (route) => route.startsWith('/operator/citizens') },
  ]
}

async function leave(): Promise<void> {
  await signOut()
  enter({ state: 'signed-out' })
}

function UserItems() {
  return (
    <ul>
      <li>
        <button type="button" class="as-link" onClick={() => void leave()}>
          {t('sign-out')}
        </button>
      </li>
    </ul>
  )
}

function Screen({ known }: { known: Known }) {
  const { route } = usePlace()
  if (known.state === 'signed-out') return <LoginScreen />
  if (known.state !== 'ready') {
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
  if (matchRoute('/operator', route)) return <RegisterScreen />
  if (matchRoute('/operator/citizens', route)) return <FindScreen />
  return <NotFoundScreen />
}
