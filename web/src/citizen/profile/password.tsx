import { useState } from 'preact/hooks'
import { useSubmit } from '../../api/submit'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { at, faultAt, faultLines, faultsOf, type Fault } from '../../components/faults'
import { PasswordInput } from '../../components/inputs'
import { setPassword } from '../api'
import { t } from '../i18n'
import { passwordFault, passwordMessage } from '../password'
import { PasswordRules } from '../screens/new-password'
import { session } from '../session'
import { CurrentPassword, needsPassword } from './current-password'
import { Saved, Section, type FormProps } from './section'

type PasswordName = 'current_password' | 'new_password'

/** Changes the password, or sets the first one of somebody who registered with the card. */
export function PasswordForm({ answer, signedIn, onReload }: FormProps) {
  const profile = answer.data
  const asksPassword = needsPassword(profile)
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [faults, setFaults] = useState<Fault<PasswordName>[]>([])
  const [saved, setSaved] = useState<string | null>(null)
  const submit = useSubmit()
  const save = (event: Event): void => {
    event.preventDefault()
    setSaved(null)
    const wrong: Fault<PasswordName>[] = []
    if (asksPassword && current === '') wrong.push({ field: 'current_password', text: at(t('field.current-password'), t('error.fill-in')) })
    const code = passwordFault(next)
    if (code) wrong.push({ field: 'new_password', text: passwordMessage(code) })
    setFaults(wrong)
    if (wrong.length > 0) return submit.refuse()
    void submit.run(
      async () => {
        const changed = await signedIn.run(() => setPassword({ new_password: next, ...(asksPassword && { current_password: current }) }))
        if (!changed) return
        session.set(changed)
        setCurrent('')
        setNext('')
        setSaved(t(profile.has_password ? 'profile.password.saved' : 'profile.password.set.saved'))
        if (!profile.has_password) onReload()
      },
      (error) =>
        setFaults(
          faultsOf<PasswordName>(error, ['current_password', 'new_password'], (field, found) =>
            field === 'new_password' ? passwordMessage(found) : t('error.current-password'),
          ),
        ),
    )
  }
  return (
    <Section title={t('profile.password')}>
      {!profile.has_password && <p>{t('profile.password.none')}</p>}
      <form onSubmit={save} noValidate>
        <Saved text={saved} />
        <ErrorSummary errors={faultLines(faults, (field) => `change-${field.replace('_', '-')}`)} attempt={submit.attempt} />
        <CurrentPassword
          profile={profile}
          id="change-current-password"
          value={current}
          error={faultAt(faults, 'current_password')}
          onInput={setCurrent}
        />
        <PasswordRules />
        <PasswordInput
          id="change-new-password"
          name="new_password"
          label={t('field.new-password')}
          autocomplete="new-password"
          value={next}
          error={faultAt(faults, 'new_password')}
          onInput={setNext}
        />
        <Button kind="secondary" busy={submit.busy}>
          {t(profile.has_password ? 'profile.password.save' : 'profile.password.set')}
        </Button>
      </form>
    </Section>
  )
}
