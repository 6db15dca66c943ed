import { useState } from 'preact/hooks'
import { Problem } from '../../api/client'
import { useSubmit } from '../../api/submit'
import type { OperatorSession } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText } from '../../components/failure'
import { at, faultAt, faultLines, type Fault } from '../../components/faults'
import { Input, PasswordInput } from '../../components/inputs'
import { signIn } from '../api'
import { t } from '../i18n'

type Name = 'email' | 'password' | 'code'
const LABELS = { email: 'field.email', password: 'field.password', code: 'field.code' } as const

interface Props {
  onSignedIn(session: OperatorSession): void
  onErrors?: (any: boolean) => void
  /** Sets the controls of two forms on one page apart. */
  prefix?: string
}

/** E-mail, password and the code of the moment. What was typed stays after a refusal. */
export function SignInForm({ onSignedIn, onErrors, prefix = '' }: Props) {
  const [values, setValues] = useState<Record<Name, string>>({ email: '', password: '', code: '' })
  const [faults, setFaults] = useState<Fault<Name>[]>([])
  const submit = useSubmit()
  const idOf = (name: Name): string => `${prefix}${name}`
  const set = (name: Name) => (value: string): void => setValues((before) => ({ ...before, [name]: value }))
  const show = (found: Fault<Name>[]): void => {
    setFaults(found)
    onErrors?.(found.length > 0)
  }

  const send = (event: Event): void => {
    event.preventDefault()
    const wrong = check(values)
    show(wrong)
    if (wrong.length > 0) return submit.refuse()
    void submit.run(
      async () => onSignedIn(await signIn({ email: values.email.trim(), password: values.password, code: values.code.replace(/\s/g, '') })),
      (error) => show([{ text: error instanceof Problem && error.code.endsWith('sign-in-failed') ? t('login.failed') : failureText(error) }]),
    )
  }
  return (
    <form class="sign-in" onSubmit={send} noValidate>
      <ErrorSummary errors={faultLines(faults, idOf)} attempt={submit.attempt} />
      <Input
        id={idOf('email')}
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
        id={idOf('password')}
        label={t('field.password')}
        autocomplete="current-password"
        value={values.password}
        error={faultAt(faults, 'password')}
        onInput={set('password')}
      />
      <Input
        id={idOf('code')}
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
