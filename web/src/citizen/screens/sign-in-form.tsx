import { useState } from 'preact/hooks'
import { isProblem } from '../../api/client'
import { useSubmit } from '../../api/submit'
import type { Session } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText } from '../../components/failure'
import { at, faultAt, faultLines, type Fault } from '../../components/faults'
import { Input, PasswordInput } from '../../components/inputs'
import { signIn } from '../api'
import { t } from '../i18n'

interface Props {
  onSignedIn(session: Session): void
  onErrors?: (any: boolean) => void
  /** Sets the controls of two forms on one page apart. */
  prefix?: string
}

type Name = 'email' | 'password'

/** E-mail and password. What was typed stays after a refusal. */
export function SignInForm({ onSignedIn, onErrors, prefix = '' }: Props) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [faults, setFaults] = useState<Fault<Name>[]>([])
  const submit = useSubmit()
  const idOf = (field: Name): string => `${prefix}${field}`

  const show = (found: Fault<Name>[]): void => {
    setFaults(found)
    onErrors?.(found.length > 0)
  }
  const send = (event: Event): void => {
    event.preventDefault()
    const missing = missingFields(email, password)
    show(missing)
    if (missing.length > 0) return submit.refuse()
    void submit.run(
      async () => onSignedIn(await signIn(email.trim(), password)),
      (error) => show([{ text: isProblem(error, 'sign-in-failed') ? t('login.failed') : failureText(error) }]),
    )
  }
  return (
    <form class="sign-in" onSubmit={send} noValidate>
      <ErrorSummary errors={faultLines(faults, idOf)} attempt={submit.attempt} />
      <Input
        id={idOf('email')}
        name="email"
        label={t('field.email')}
        type="email"
        inputmode="email"
        autocomplete="username"
        spellcheck={false}
        value={email}
        error={faultAt(faults, 'email')}
        onInput={setEmail}
      />
      <PasswordInput
        id={idOf('password')}
        name="password"
        label={t('field.password')}
        autocomplete="current-password"
        value={password}
        error={faultAt(faults, 'password')}
        onInput={setPassword}
      />
      <Button busy={submit.busy}>{t('login.action')}</Button>
    </form>
  )
}

function missingFields(email: string, password: string): Fault<Name>[] {
  const faults: Fault<Name>[] = []
  if (email.trim() === '') faults.push({ field: 'email', text: at(t('field.email'), t('error.fill-in')) })
  if (password === '') faults.push({ field: 'password', text: at(t('field.password'), t('error.fill-in')) })
  return faults
}
