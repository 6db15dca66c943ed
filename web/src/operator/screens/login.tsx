import { useState } from 'preact/hooks'
import { Problem } from '../../api/client'
import { useSubmit } from '../../api/submit'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText } from '../../components/failure'
import { at, faultAt, faultLines, type Fault } from '../../components/faults'
import { Gate, Gates } from '../../components/gates'
import { Input, PasswordInput } from '../../components/inputs'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { signIn } from '../api'
import { t } from '../i18n'
import { enter } from '../session'

type Name = 'email' | 'password' | 'code'
const LABELS = { email: 'field.email', password: 'field.password', code: 'field.code' } as const

/** An operator signs in with a password and the code of the moment. */
export function LoginScreen() {
  const [values, setValues] = useState<Record<Name, string>>({ email: '', password: '', code: '' })
  const [faults, setFaults] = useState<Fault<Name>[]>([])
  const submit = useSubmit()
  useTitle({ title: t('login.title'), failed: faults.length > 0 })
  const set = (name: Name) => (value: string): void => setValues((before) => ({ ...before, [name]: value }))

  const send = (event: Event): void => {
    event.preventDefault()
    const wrong = check(values)
    setFaults(wrong)
    if (wrong.length > 0) return submit.refuse()
    void submit.run(
      async () => enter(await signIn({ email: values.email.trim(), password: values.password, code: values.code.replace(/\s/g, '') })),
      (error) => setFaults([{ text: error instanceof Problem && error.code.endsWith('sign-in-failed') ? t('login.failed') : failureText(error) }]),
    )
  }
  return (
    <Main class="main--open">
      <div class="wall hero">
        <Width>
          <Heading class="hero__title">{t('login.title')}</Heading>
          <Gates>
            <Gate icon="password" title={<h2>{t('desk.operator')}</h2>}>
              <form class="sign-in" onSubmit={send} noValidate>
                <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
                <Input
                  id="email"
                  label={t('field.email')}
                  type="email"
                  inputmode="email"
                  autocomplete="username"
                  spellcheck={false}
                  value={values.email}
                  error={faultAt(faults, 'email')}
                  onInput={set('email')}
                />
                <PasswordInput
                  id="password"
                  label={t('field.password')}
                  autocomplete="current-password"
                  value={values.password}
                  error={faultAt(faults, 'password')}
                  onInput={set('password')}
                />
                <Input
                  id="code"
                  label={t('field.code')}
                  hint={t('field.code.hint')}
                  inputmode="numeric"
                  autocomplete="one-time-code"
                  width="10"
                  digits
                  value={values.code}
                  error={faultAt(faults, 'code')}
                  onInput={set('code')}
                />
                <Button busy={submit.busy}>{t('login.action')}</Button>
              </form>
            </Gate>
          </Gates>
        </Width>
      </div>
    </Main>
  )
}

function check(values: Record<Name, string>): Fault<Name>[] {
  const faults: Fault<Name>[] = []
  for (const field of ['email', 'password', 'code'] as const) {
    if (values[field].trim() === '') faults.push({ field, text: at(t(LABELS[field]), t('error.fill-in')) })
  }
  if (values.code.trim() !== '' && !/^\d{6}$/.test(values.code.replace(/\s/g, ''))) {
    faults.push({ field: 'code', text: at(t(LABELS.code), t('error.six-digits')) })
  }
  return faults
}
