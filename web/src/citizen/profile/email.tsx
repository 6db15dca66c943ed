import { useRef, useState } from 'preact/hooks'
import type { Answer } from '../../api/client'
import { Intention } from '../../api/intention'
import type { SignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import type { EmailChange, Profile } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { at, faultAt, faultLines, faultsOf, type Fault } from '../../components/faults'
import { Input } from '../../components/inputs'
import { Callout } from '../../components/texts'
import { isEmail } from '../../contact'
import { formatMoment } from '../../i18n/dates'
import { changeEmail, confirmEmail } from '../api'
import { EmailInput, emailMessage } from '../contact-fields'
import { t } from '../i18n'
import { CurrentPassword, needsPassword } from './current-password'
import { Saved, Section, type FormProps } from './section'

/** The e-mail, which is also the user name: a new one has to be confirmed by a code that is sent there. */
export function EmailSection({ answer, onChanged, signedIn }: FormProps) {
  const [waiting, setWaiting] = useState<EmailChange | null>(answer.data.email_change)
  const [saved, setSaved] = useState<string | null>(null)
  const confirmed = (next: Answer<Profile>): void => {
    setWaiting(null)
    setSaved(t('profile.email.saved'))
    onChanged(next)
  }
  return (
    <Section title={t('field.email')}>
      <Saved text={saved} />
      <p>
        {t('profile.email.now')} <strong>{answer.data.email}</strong>
      </p>
      {waiting ? (
        <CodeForm waiting={waiting} signedIn={signedIn} onConfirmed={confirmed} onAnother={() => setWaiting(null)} />
      ) : (
        <NewEmailForm
          profile={answer.data}
          signedIn={signedIn}
          onAsked={(change) => {
            setSaved(null)
            setWaiting(change)
          }}
        />
      )}
    </Section>
  )
}

type EmailName = 'new_email' | 'current_password'

interface NewProps {
  profile: Profile
  signedIn: SignedIn
  onAsked(change: EmailChange): void
}

function NewEmailForm({ profile, signedIn, onAsked }: NewProps) {
  const asksPassword = needsPassword(profile)
  const [email, setEmail] = useState('')
  const [password, setTyped] = useState('')
  const [faults, setFaults] = useState<Fault<EmailName>[]>([])
  const intention = useRef(new Intention())
  const submit = useSubmit()
  const send = (event: Event): void => {
    event.preventDefault()
    const address = email.trim()
    const wrong: Fault<EmailName>[] = []
    if (!isEmail(address)) wrong.push({ field: 'new_email', text: emailMessage('field.new-email', address === '' ? 'required' : 'format') })
    if (asksPassword && password === '') wrong.push({ field: 'current_password', text: at(t('field.current-password'), t('error.fill-in')) })
    setFaults(wrong)
    if (wrong.length > 0) return submit.refuse()
    void submit.run(
      async () => {
        const key = intention.current.keyFor([address, password])
        const asked = await signedIn.run(() => changeEmail({ new_email: address, ...(asksPassword && { current_password: password }) }, key))
        if (!asked) return
        intention.current.done()
        onAsked(asked.data)
      },
      (error) =>
        setFaults(
          faultsOf<EmailName>(error, ['new_email', 'current_password'], (field, code) =>
            field === 'new_email' ? emailMessage('field.new-email', code) : t('error.current-password'),
          ),
        ),
    )
  }
  return (
    <form onSubmit={send} noValidate>
      <ErrorSummary errors={faultLines(faults, (field) => field.replace('_', '-'))} attempt={submit.attempt} />
      <EmailInput
        id="new-email"
        name="new_email"
        label={t('field.new-email')}
        hint={t('field.new-email.hint')}
        value={email}
        error={faultAt(faults, 'new_email')}
        onInput={setEmail}
      />
      <CurrentPassword profile={profile} id="current-password" value={password} error={faultAt(faults, 'current_password')} onInput={setTyped} />
      <Button kind="secondary" busy={submit.busy}>
        {t('profile.email.send')}
      </Button>
    </form>
  )
}

interface CodeProps {
  signedIn: SignedIn
  waiting: EmailChange
  onConfirmed(answer: Answer<Profile>): void
  onAnother(): void
}

function CodeForm({ signedIn, waiting, onConfirmed, onAnother }: CodeProps) {
  const [code, setCode] = useState('')
  const [faults, setFaults] = useState<Fault<'code'>[]>([])
  const intention = useRef(new Intention())
  const submit = useSubmit()
  const send = (event: Event): void => {
    event.preventDefault()
    const digits = code.replace(/\s/g, '')
    const right = /^\d{6}$/.test(digits)
    setFaults(right ? [] : [{ field: 'code', text: at(t('field.code'), t(digits === '' ? 'error.fill-in' : 'error.six-digits')) }])
    if (!right) return submit.refuse()
    void submit.run(
      async () => {
        const confirmed = await signedIn.run(() => confirmEmail(digits, intention.current.keyFor(digits)))
        if (confirmed) onConfirmed(confirmed)
      },
      (error) => setFaults(faultsOf(error, ['code'], () => t('error.code'))),
    )
  }
  return (
    <form onSubmit={send} noValidate>
      <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
      <Callout kind="info" icon="inbox" live>
        <p>{t('profile.email.sent', { email: waiting.new_email })}</p>
        <p>{t('profile.email.until', { when: formatMoment(waiting.expires_at) })}</p>
      </Callout>
      <Input
        id="code"
        label={t('field.code')}
        hint={t('field.code.hint')}
        inputmode="numeric"
        autocomplete="one-time-code"
        width="10"
        digits
        value={code}
        error={faultAt(faults, 'code')}
        onInput={setCode}
      />
      <div class="actions">
        <Button busy={submit.busy}>{t('profile.email.confirm')}</Button>
        <Button type="button" kind="quiet" onClick={onAnother}>
          {t('profile.email.another')}
        </Button>
      </div>
    </form>
  )
}
