import { useState } from 'preact/hooks'
import { useSignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import type { Person } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { faultAt, faultLines, faultsOf, type Fault } from '../../components/faults'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { isEmail, mobileOf } from '../../contact'
import { giveContact } from '../api'
import { EmailInput, emailMessage, MobileInput, mobileMessage } from '../contact-fields'
import { t } from '../i18n'
import { enter } from '../session'
import { SignInDialog } from './sign-in-dialog'

const FIELDS = ['mobile', 'email'] as const
type Name = (typeof FIELDS)[number]

/** The first thing after the first login with the card: mobile and e-mail, asked once. */
export function ContactScreen({ citizen }: { citizen?: Person }) {
  const [mobile, setMobile] = useState('')
  const [email, setEmail] = useState('')
  const [faults, setFaults] = useState<Fault<Name>[]>([])
  const submit = useSubmit()
  const signedIn = useSignedIn()
  useTitle({ title: t('contact.title'), failed: faults.length > 0 })

  const send = (event: Event): void => {
    event.preventDefault()
    const number = mobileOf(mobile)
    const address = email.trim()
    const wrong: Fault<Name>[] = []
    if (!number) wrong.push({ field: 'mobile', text: mobileMessage(mobile) })
    if (!isEmail(address)) wrong.push({ field: 'email', text: emailMessage('field.email', address === '' ? 'required' : 'format') })
    setFaults(wrong)
    if (!number || wrong.length > 0) return submit.refuse()
    void submit.run(
      async () => {
        const next = await signedIn.run(() => giveContact({ email: address, mobile: number }))
        if (next) enter(next)
      },
      (error) =>
        setFaults(faultsOf(error, FIELDS, (field, code) => (field === 'email' ? emailMessage('field.email', code) : mobileMessage(mobile)))),
    )
  }
  return (
    <Main>
      <Width>
        <form class="narrow" onSubmit={send} noValidate>
          <ErrorSummary errors={faultLines(faults)} attempt={submit.attempt} />
          <Heading>{t('contact.title')}</Heading>
          <p class="lead">{t('contact.text')}</p>
          {citizen && (
            <p class="contact__person">
              {t('contact.person')}{' '}
              <strong>
                {citizen.first_name} {citizen.last_name}
              </strong>
            </p>
          )}
          <MobileInput id="mobile" value={mobile} error={faultAt(faults, 'mobile')} onInput={setMobile} />
          <EmailInput
            id="email"
            label={t('field.email')}
            hint={t('contact.email.hint')}
            value={email}
            error={faultAt(faults, 'email')}
            onInput={setEmail}
          />
          <Button busy={submit.busy}>{t('new-password.save')}</Button>
        </form>
        {signedIn.asked && <SignInDialog {...signedIn.asked} />}
      </Width>
    </Main>
  )
}
