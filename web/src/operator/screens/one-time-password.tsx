import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Intention } from '../../api/intention'
import { useSignedIn } from '../../api/signed-in'
import { useSubmit } from '../../api/submit'
import type { OneTimePassword } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText } from '../../components/failure'
import { Heading, useTitle } from '../../components/page'
import { Callout } from '../../components/texts'
import { formatThrough } from '../../i18n/dates'
import { markArrival } from '../../router'
import { HELP } from '../../settings'
import { issuePassword } from '../api'
import { t } from '../i18n'
import { SignInDialog } from './sign-in-dialog'

interface CardProps {
  password: string
  expiresAt: string
  email: string
  name: string
  onDone(): void
}

/** Shown once, to hand over; it lives in this component's memory and nowhere else. */
export function OneTimePasswordCard({ password, expiresAt, email, name, onDone }: CardProps) {
  useTitle({ title: t('otp.title') })
  return (
    <div class="narrow">
      <Heading>{t('otp.title')}</Heading>
      <Callout kind="ok">
        <p>{t('otp.ready')}</p>
      </Callout>
      <section class="card handout" aria-labelledby="handout">
        <h2 class="heading-m" id="handout">
          {t('portal.name')}: {t('handout.title')}
        </h2>
        <p>{name}</p>
        <dl class="handout__facts">
          <dt>{t('handout.address')}</dt>
          <dd>{window.location.origin}</dd>
          <dt>{t('handout.email')}</dt>
          <dd>{email}</dd>
          <dt id="otp-label">{t('field.otp')}</dt>
          <dd>
            <output class="otp" aria-labelledby="otp-label">
              {password}
            </output>
          </dd>
          <dt>{t('handout.valid')}</dt>
          <dd>{formatThrough(expiresAt)}</dd>
        </dl>
        <p>{t('handout.next')}</p>
        <p>{t('handout.secret')}</p>
        <p class="handout__help">
          {t('footer.phone')} {HELP.phone}, {t('footer.hours')}
        </p>
      </section>
      <div class="actions no-print">
        <Button type="button" onClick={onDone}>
          {t('otp.done')}
        </Button>
        <Button type="button" kind="secondary" icon="printer" onClick={() => window.print()}>
          {t('otp.print')}
        </Button>
      </div>
      <p class="meta no-print">{t('otp.once')}</p>
    </div>
  )
}

interface IssueProps {
  citizenId: string
  email: string
  name: string
  onDone(): void
}

/** The registration had already gone through; its one-time password is not shown a second time. */
export function RepeatedRegistration(props: IssueProps) {
  useTitle({ title: t('otp.title') })
  return (
    <IssueAnother {...props}>
      <Heading>{t('otp.title')}</Heading>
      <Callout kind="info">
        <p>{t('register.repeated')}</p>
      </Callout>
    </IssueAnother>
  )
}

/** Issues a one-time password to a registered citizen; the one before stops working. */
export function IssueAnother({ citizenId, email, name, onDone, children, other }: IssueProps & { children: ComponentChildren; other?: ComponentChildren }) {
  const [issued, setIssued] = useState<OneTimePassword | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const intention = useRef(new Intention())
  const submit = useSubmit()
  const signedIn = useSignedIn()
  const issue = (): void => {
    setFailure(null)
    void submit.run(
      async () => {
        const answer = await signedIn.run(() => issuePassword(citizenId, intention.current.keyFor(citizenId)))
        if (!answer) return
        const { data } = answer
        intention.current.done()
        if (data.one_time_password === null) throw new Error('the password was issued already')
        markArrival()
        setIssued(data)
      },
      (error) => setFailure(failureText(error)),
    )
  }
  if (issued?.one_time_password) {
    return <OneTimePasswordCard password={issued.one_time_password} expiresAt={issued.expires_at} email={email} name={name} onDone={onDone} />
  }
  return (
    <div class="narrow">
      <ErrorSummary errors={failure ? [{ text: failure }] : []} attempt={submit.attempt} />
      {children}
      <div class="actions">
        <Button type="button" busy={submit.busy} onClick={issue}>
          {t('otp.issue')}
        </Button>
        {other}
      </div>
      {signedIn.asked && <SignInDialog onClose={signedIn.asked.onClose} />}
    </div>
  )
}
