import { useState } from 'preact/hooks'
import { Gate, Gates } from '../../components/gates'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { t } from '../i18n'
import { enter } from '../session'
import { SignInForm } from './sign-in-form'

/** An operator signs in with a password and the code of the moment. */
export function LoginScreen() {
  const [failed, setFailed] = useState(false)
  useTitle({ title: t('login.title'), failed })
  return (
    <Main class="main--open">
      <div class="wall hero">
        <Width>
          <Heading class="hero__title">{t('login.title')}</Heading>
          <Gates>
            <Gate icon="password" title={<h2>{t('desk.operator')}</h2>}>
              <SignInForm onSignedIn={enter} onErrors={setFailed} />
            </Gate>
          </Gates>
        </Width>
      </div>
    </Main>
  )
}
