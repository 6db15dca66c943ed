import { useRef, useState } from 'preact/hooks'
import { Intention } from '../../api/intention'
import { useSignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import type { OneTimePassword } from '../../api/types'
import { Button } from '../../components/button'
import { Checkbox } from '../../components/choices'
import { ErrorSummary } from '../../components/error-summary'
import { at, faultAt, faultLines, faultsOf, type Fault } from '../../components/faults'
import { Input } from '../../components/inputs'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { NumberedSteps } from '../../components/steps'
import { isEmail, isGeorgianName, isPersonalNumber, mobileOf } from '../../contact'
import { markArrival } from '../../router'
import { registerCitizen } from '../api'
import { t } from '../i18n'
import { OneTimePasswordCard, RepeatedRegistration } from './one-time-password'
import { SignInDialog } from './sign-in-dialog'

type TextName = 'first_name' | 'last_name' | 'personal_number' | 'email' | 'mobile'
type Name = TextName | 'application_signed'
type Values = Record<TextName, string> & { application_signed: boolean }

const LABELS = {
  first_name: 'field.first-name',
  last_name: 'field.last-name',
  personal_number: 'field.personal-number',
  email: 'field.email',
  mobile: 'field.mobile',
  application_signed: 'field.signed',
} as const
const NAMES = Object.keys(LABELS) as Name[]
const EMPTY: Values = { first_name: '', last_name: '', personal_number: '', email: '', mobile: '', application_signed: false }

/** Registers a citizen who stands at the counter; what was typed stays until it succeeds. */
export function RegisterScreen() {
  const [values, setValues] = useState<Values>(EMPTY)
  const [issued, setIssued] = useState<OneTimePassword | null>(null)
  const next = (): void => {
    markArrival()
    setIssued(null)
    setValues(EMPTY)
  }
  const done = (answer: OneTimePassword): void => {
    markArrival()
    setIssued(answer)
  }
  return (
    <Main>
      <Width>
        <div class="desk">
          <NumberedSteps label={t('register.steps')} steps={[t('register.step.data'), t('register.step.password')]} current={issued ? 1 : 0} />
          <div>
            {issued === null && <RegistrationForm values={values} onValues={setValues} onDone={done} />}
            {issued?.one_time_password && (
              <OneTimePasswordCard
                password={issued.one_time_password}
                expiresAt={issued.expires_at}
                email={values.email.trim()}
                name={`${values.first_name} ${values.last_name}`}
                onDone={next}
              />
            )}
            {issued && !issued.one_time_password && (
              <RepeatedRegistration citizenId={issued.citizen_id} email={values.email.trim()} name={`${values.first_name} ${values.last_name}`} onDone={next} />
            )}
          </div>
        </div>
      </Width>
    </Main>
  )
}

interface FormProps {
  values: Values
  onValues(values: Values): void
  onDone(answer: OneTimePassword): void
}

function RegistrationForm({ values, onValues, onDone }: FormProps) {
  const [faults, setFaults] = useState<Fault<Name>[]>([])
  const submit = useSubmit()
  const intention = useRef(new Intention())
  const signedIn = useSignedIn()
  useTitle({ title: t('register.title'), failed: faults.length > 0 })
  const set = (name: TextName) => (value: string): void => onValues({ ...values, [name]: value })

  const send = (event: Event): void => {
    event.preventDefault()
    const wrong = check(values)
    setFaults(wrong)
    if (wrong.length > 0) return submit.refuse()
    const body = { ...trimmed(values), application_signed: true }
    void submit.run(
      async () => {
        const answer = await signedIn.run(() => registerCitizen(body, intention.current.keyFor(body)))
        if (!answer) return
        intention.current.done()
        onDone(answer.data)
      },
      (error) => setFaults(faultsOf(error, NAMES, message)),
    )
  }
  const text = (name: TextName): { id: string; label: string; value: string; error?: string; onInput(value: string): void } => ({
    id: name,
    label: t(LABELS[name]),
    value: values[name],
    error: faultAt(faults, name),
    onInput: set(name),
  })
  return (
    <>
      <form class="narrow" onSubmit={send} noValidate autocomplete="off">
        <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
        <Heading>{t('register.title')}</Heading>
        <p class="lead">{t('register.text')}</p>
        <h2 class="heading-m">{t('register.person')}</h2>
        <Input {...text('first_name')} hint={t('field.name.hint')} width="20" autocomplete="off" />
        <Input {...text('last_name')} hint={t('field.name.hint')} width="20" autocomplete="off" />
        <Input {...text('personal_number')} hint={t('field.personal-number.hint')} inputmode="numeric" width="10" digits autocomplete="off" />
        <h2 class="heading-m">{t('register.contact')}</h2>
        <Input {...text('email')} hint={t('field.email.hint')} type="email" inputmode="email" spellcheck={false} width="30" autocomplete="off" />
        <Input {...text('mobile')} hint={t('field.mobile.hint')} type="tel" inputmode="tel" prefix="+995" width="10" autocomplete="off" />
        <h2 class="heading-m">{t('register.application')}</h2>
        <Checkbox
          id="application_signed"
          label={t('field.signed.statement')}
          checked={values.application_signed}
          error={faultAt(faults, 'application_signed')}
          onChange={(application_signed) => onValues({ ...values, application_signed })}
        />
        <Button busy={submit.busy}>{t('register.action')}</Button>
      </form>
      {signedIn.asked && <SignInDialog onClose={signedIn.asked.onClose} />}
    </>
  )
}

function trimmed(values: Values): Record<TextName, string> {
  return {
    first_name: values.first_name.trim(),
    last_name: values.last_name.trim(),
    personal_number: values.personal_number.replace(/\s/g, ''),
    email: values.email.trim(),
    mobile: mobileOf(values.mobile) ?? values.mobile.trim(),
  }
}

function check(values: Values): Fault<Name>[] {
  const clean = trimmed(values)
  const bad: Record<TextName, boolean> = {
    first_name: !isGeorgianName(clean.first_name),
    last_name: !isGeorgianName(clean.last_name),
    personal_number: !isPersonalNumber(clean.personal_number),
    email: !isEmail(clean.email),
    mobile: mobileOf(values.mobile) === null,
  }
  const faults: Fault<Name>[] = []
  for (const name of Object.keys(bad) as TextName[]) {
    if (clean[name] === '') faults.push({ field: name, text: message(name, 'required') })
    else if (bad[name]) faults.push({ field: name, text: message(name, 'pattern') })
  }
  if (!values.application_signed) faults.push({ field: 'application_signed', text: message('application_signed', 'required') })
  return faults
}

function message(field: Name, code: string): string {
  if (field === 'application_signed') return t('error.signed')
  if (code === 'required') return at(t(LABELS[field]), t('error.fill-in'))
  if (code === 'person-exists' || code === 'taken') return t(field === 'email' ? 'error.email-exists' : 'error.person-exists')
  if (code === 'too-long') return at(t(LABELS[field]), t('error.long'))
  switch (field) {
    case 'personal_number':
      return t('error.personal-number')
    case 'email':
      return at(t(LABELS.email), t('error.email'))
    case 'mobile':
      return at(t(LABELS.mobile), t('error.mobile'))
    default:
      return at(t(LABELS[field]), t('error.georgian'))
  }
}
