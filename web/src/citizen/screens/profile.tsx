import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { isProblem, type Answer } from '../../api/client'
import { Intention } from '../../api/intention'
import { useResource } from '../../api/resource'
import { useSignedIn, type SignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import type { EmailChange, Profile } from '../../api/types'
import { Button } from '../../components/button'
import { Radios } from '../../components/choices'
import { ErrorSummary } from '../../components/error-summary'
import { at, faultAt, faultLines, faultsOf, type Fault } from '../../components/faults'
import { Input, PasswordInput } from '../../components/inputs'
import { Columns, Heading, Main, useTitle, Width } from '../../components/page'
import { Callout, Facts } from '../../components/texts'
import { isEmail, mobileOf } from '../../contact'
import { formatMoment } from '../../i18n/dates'
import { formatMobile } from '../../i18n/numbers'
import type { Lang } from '../../i18n'
import { chooseTheme, chosenTheme, type Theme } from '../../theme'
import { changeEmail, changeProfile, confirmEmail, readProfile, setPassword } from '../api'
import { t } from '../i18n'
import { passwordFault, passwordMessage } from '../password'
import { session } from '../session'
import { PasswordRules } from './new-password'
import { PersonalPage } from './personal'
import { SignInDialog } from './sign-in-dialog'

/** The citizen's own data: what the registry says, and what can be changed here. */
export function ProfileScreen() {
  const profile = useResource('profile', (signal) => readProfile({ signal }))
  return (
    <PersonalPage resource={profile}>
      {(answer) => <ProfilePage answer={answer} onChanged={profile.replace} onReload={() => void readProfile().then(profile.replace, () => undefined)} />}
    </PersonalPage>
  )
}

interface PageProps {
  answer: Answer<Profile>
  onChanged(answer: Answer<Profile>): void
  onReload(): void
}

interface FormProps extends PageProps {
  signedIn: SignedIn
}

function ProfilePage(page: PageProps) {
  const profile = page.answer.data
  const signedIn = useSignedIn()
  const form = { ...page, signedIn }
  useTitle({ title: t('profile.title') })
  return (
    <Main>
      <Width>
        <Heading>{t('profile.title')}</Heading>
        <Columns
          side={
            <Facts
              title={t('profile.registry')}
              facts={[
                { key: t('applicant.first_name'), value: profile.first_name },
                { key: t('applicant.last_name'), value: profile.last_name },
                { key: t('applicant.personal_number'), value: <span class="digits">{profile.personal_number}</span> },
              ]}
            >
              <p class="small">{t('profile.registry.text')}</p>
            </Facts>
          }
        >
          <MobileForm {...form} />
          <EmailSection {...form} />
          <LanguageForm {...form} />
          <PasswordForm signedIn={signedIn} />
          <Appearance />
        </Columns>
        {signedIn.asked && <SignInDialog onClose={signedIn.asked} />}
      </Width>
    </Main>
  )
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="section narrow profile__section">
      <h2 class="heading-m">{title}</h2>
      {children}
    </section>
  )
}

function Saved({ text }: { text: string | null }) {
  return (
    <div role="status">
      {text && (
        <Callout kind="ok">
          <p>{text}</p>
        </Callout>
      )}
    </div>
  )
}

function MobileForm({ answer, onChanged, onReload, signedIn }: FormProps) {
  const [mobile, setMobile] = useState(localMobile(answer.data.mobile))
  const [faults, setFaults] = useState<Fault<'mobile'>[]>([])
  const [saved, setSaved] = useState<string | null>(null)
  const submit = useSubmit()
  const save = (event: Event): void => {
    event.preventDefault()
    setSaved(null)
    const number = mobileOf(mobile)
    const wrong: Fault<'mobile'>[] = number ? [] : [{ field: 'mobile', text: mobileMessage(mobile) }]
    setFaults(wrong)
    if (!number) return submit.refuse()
    void submit.run(
      async () => {
        const changed = await signedIn.run(() => changeProfile({ mobile: number }, answer.etag))
        if (!changed) return
        onChanged(changed)
        setSaved(t('profile.mobile.saved'))
      },
      (error) => {
        if (isProblem(error, 'profile-changed')) onReload()
        setFaults(faultsOf(error, ['mobile'], () => mobileMessage(mobile)))
      },
    )
  }
  return (
    <Section title={t('field.mobile')}>
      <form onSubmit={save} noValidate>
        <Saved text={saved} />
        <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
        <Input
          id="mobile"
          label={t('field.mobile')}
          hint={t('field.mobile.hint')}
          type="tel"
          inputmode="tel"
          autocomplete="tel-national"
          prefix="+995"
          width="10"
          value={mobile}
          error={faultAt(faults, 'mobile')}
          onInput={setMobile}
        />
        <Button kind="secondary" busy={submit.busy}>
          {t('profile.mobile.save')}
        </Button>
      </form>
    </Section>
  )
}

function localMobile(mobile: string): string {
  return formatMobile(mobile).replace(/^\+995\u00a0/, '').replaceAll('\u00a0', ' ')
}

function mobileMessage(typed: string): string {
  return at(t('field.mobile'), typed.trim() === '' ? t('error.fill-in') : t('error.mobile'))
}

function EmailSection({ answer, onChanged, signedIn }: FormProps) {
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

function NewEmailForm({ signedIn, onAsked }: { signedIn: SignedIn; onAsked(change: EmailChange): void }) {
  const [email, setEmail] = useState('')
  const [password, setTyped] = useState('')
  const [faults, setFaults] = useState<Fault<EmailName>[]>([])
  const intention = useRef(new Intention())
  const submit = useSubmit()
  const send = (event: Event): void => {
    event.preventDefault()
    const address = email.trim()
    const wrong: Fault<EmailName>[] = []
    if (!isEmail(address)) wrong.push({ field: 'new_email', text: emailMessage(address === '' ? 'required' : 'format') })
    if (password === '') wrong.push({ field: 'current_password', text: at(t('field.current-password'), t('error.fill-in')) })
    setFaults(wrong)
    if (wrong.length > 0) return submit.refuse()
    void submit.run(
      async () => {
        const key = intention.current.keyFor([address, password])
        const asked = await signedIn.run(() => changeEmail({ new_email: address, current_password: password }, key))
        if (!asked) return
        intention.current.done()
        onAsked(asked.data)
      },
      (error) =>
        setFaults(
          faultsOf<EmailName>(error, ['new_email', 'current_password'], (field, code) =>
            field === 'new_email' ? emailMessage(code) : t('error.current-password'),
          ),
        ),
    )
  }
  return (
    <form onSubmit={send} noValidate>
      <ErrorSummary errors={faultLines(faults, (field) => field.replace('_', '-'))} attempt={submit.attempt} />
      <Input
        id="new-email"
        name="new_email"
        label={t('field.new-email')}
        hint={t('field.new-email.hint')}
        type="email"
        inputmode="email"
        autocomplete="email"
        spellcheck={false}
        value={email}
        error={faultAt(faults, 'new_email')}
        onInput={setEmail}
      />
      <PasswordInput
        id="current-password"
        name="current_password"
        label={t('field.current-password')}
        autocomplete="current-password"
        value={password}
        error={faultAt(faults, 'current_password')}
        onInput={setTyped}
      />
      <Button kind="secondary" busy={submit.busy}>
        {t('profile.email.send')}
      </Button>
    </form>
  )
}

function emailMessage(code: string): string {
  if (code === 'taken') return t('error.email-taken')
  return at(t('field.new-email'), code === 'required' ? t('error.fill-in') : t('error.email'))
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

function LanguageForm({ answer, onChanged, onReload, signedIn }: FormProps) {
  const [language, setLanguage] = useState<Lang>(answer.data.language)
  const [faults, setFaults] = useState<Fault<'language'>[]>([])
  const [saved, setSaved] = useState<string | null>(null)
  const submit = useSubmit()
  const save = (event: Event): void => {
    event.preventDefault()
    setSaved(null)
    setFaults([])
    void submit.run(
      async () => {
        const changed = await signedIn.run(() => changeProfile({ language }, answer.etag))
        if (!changed) return
        onChanged(changed)
        setSaved(t('profile.language.saved'))
      },
      (error) => {
        if (isProblem(error, 'profile-changed')) onReload()
        setFaults(faultsOf(error, ['language'], () => t('error.format')))
      },
    )
  }
  return (
    <Section title={t('profile.language')}>
      <form onSubmit={save}>
        <Saved text={saved} />
        <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
        <Radios
          id="language"
          label={t('profile.language.question')}
          value={language}
          choices={[
            { value: 'ka', text: 'ქართული' },
            { value: 'en', text: 'English' },
          ]}
          onChange={(value) => setLanguage(value as Lang)}
        />
        <Button kind="secondary" busy={submit.busy}>
          {t('profile.language.save')}
        </Button>
      </form>
    </Section>
  )
}

type PasswordName = 'current_password' | 'new_password'

function PasswordForm({ signedIn }: { signedIn: SignedIn }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [faults, setFaults] = useState<Fault<PasswordName>[]>([])
  const [saved, setSaved] = useState<string | null>(null)
  const submit = useSubmit()
  const save = (event: Event): void => {
    event.preventDefault()
    setSaved(null)
    const wrong: Fault<PasswordName>[] = []
    if (current === '') wrong.push({ field: 'current_password', text: at(t('field.current-password'), t('error.fill-in')) })
    const code = passwordFault(next)
    if (code) wrong.push({ field: 'new_password', text: passwordMessage(code) })
    setFaults(wrong)
    if (wrong.length > 0) return submit.refuse()
    void submit.run(
      async () => {
        const changed = await signedIn.run(() => setPassword({ current_password: current, new_password: next }))
        if (!changed) return
        session.set(changed)
        setCurrent('')
        setNext('')
        setSaved(t('profile.password.saved'))
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
      <form onSubmit={save} noValidate>
        <Saved text={saved} />
        <ErrorSummary errors={faultLines(faults, (field) => `change-${field.replace('_', '-')}`)} attempt={submit.attempt} />
        <PasswordInput
          id="change-current-password"
          name="current_password"
          label={t('field.current-password')}
          autocomplete="current-password"
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
          {t('profile.password.save')}
        </Button>
      </form>
    </Section>
  )
}

function Appearance() {
  const [theme, setTheme] = useState(chosenTheme())
  return (
    <Section title={t('profile.appearance')}>
      <Radios
        id="theme"
        label={t('profile.appearance.question')}
        hint={t('profile.appearance.hint')}
        value={theme}
        choices={[
          { value: 'system', text: t('theme.system') },
          { value: 'light', text: t('theme.light') },
          { value: 'dark', text: t('theme.dark') },
        ]}
        onChange={(value) => {
          chooseTheme(value as Theme)
          setTheme(value as Theme)
        }}
      />
    </Section>
  )
}
