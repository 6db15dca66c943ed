import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { isProblem } from '../../api/client'
import { useSubmit } from '../../api/submit'
import type { Session } from '../../api/types'
import { firstOf } from '../../card/bridge'
import { NativeBridge } from '../../card/native'
import { PopupBridge } from '../../card/popup'
import { CardTrouble } from '../../card/trouble'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { HowTo } from '../../components/steps'
import { Callout } from '../../components/texts'
import { lang } from '../../i18n'
import { Link } from '../../router'
import { askChallenge, signInWithCard, signOut } from '../api'
import { session } from '../session'
import { Command } from './command'
import { t } from './i18n'
import { troubleText } from './trouble-text'

/** One for the page's life: it remembers which transports the browser does not have. */
const bridge = firstOf(new NativeBridge(), new PopupBridge())

interface Props {
  onSignedIn(session: Session): void
  onErrors?: (any: boolean) => void
  /** The view has a filled button already. */
  second?: boolean
  /** What else can be done when the card fails. */
  otherwise?: ComponentChildren
}

type Phase = 'idle' | 'connecting' | 'asked' | 'verifying'

/** Signs in with the card. The PIN is asked by the card's agent, never by this page. */
export function CardSignIn({ onSignedIn, onErrors, second = false, otherwise }: Props) {
  const [phase, setPhase] = useState<Phase>('idle')
  const [trouble, setTrouble] = useState<unknown>(null)
  const attempt = useRef(new AbortController())
  const submit = useSubmit()
  useEffect(() => () => attempt.current.abort(), [])

  const show = (error: unknown): void => {
    setPhase('idle')
    setTrouble(error)
    onErrors?.(error !== null)
  }
  const signIn = (): void => {
    show(null)
    const { signal } = (attempt.current = new AbortController())
    void submit.run(async () => {
      setPhase('connecting')
      const token = await bridge.authenticate(askChallenge(), { lang: lang(), signal, onAsked: () => setPhase('asked') })
      setPhase('verifying')
      onSignedIn(await signInWithCard(token))
      setPhase('idle')
    }, show)
  }
  const blocked = trouble instanceof CardTrouble && trouble.code === 'popup-blocked'
  return (
    <div class="card-sign-in">
      {trouble !== null && <ErrorSummary errors={[{ text: troubleText(trouble).text }]} attempt={submit.attempt} />}
      {phase === 'idle' && trouble === null && <Steps />}
      <div role="status">
        <Progress phase={phase} />
      </div>
      <div class="card-sign-in__actions">
        <Button type="button" kind={second ? 'secondary' : 'primary'} busy={submit.busy} onClick={signIn}>
          {blocked ? t('card.open-window') : trouble === null ? t('card.sign-in') : t('fail.retry')}
        </Button>
        {(phase === 'connecting' || phase === 'asked') && (
          <Button type="button" kind="quiet" onClick={() => attempt.current.abort()}>
            {t('cancel')}
          </Button>
        )}
        {isProblem(trouble, 'card-of-another') && !submit.busy && <SignOutFirst onDone={() => show(null)} />}
      </div>
      <ul class="card-sign-in__ways">
        <li>
          <Link to={trouble === null ? '/card' : `/card#${troubleText(trouble).help}`}>{t('footer.card')}</Link>
        </li>
        {trouble !== null && otherwise && <li>{otherwise}</li>}
      </ul>
    </div>
  )
}

function Steps() {
  return (
    <HowTo
      steps={[
        <>
          {t('card.step.open')} <Command>cardbridge serve</Command>
        </>,
        t('card.step.insert'),
        t('card.step.pin'),
      ]}
    />
  )
}

function Progress({ phase }: { phase: Phase }) {
  switch (phase) {
    case 'idle':
      return null
    case 'connecting':
      return <p class="loading">{t('card.connecting')}</p>
    case 'asked':
      return (
        <Callout kind="info" icon="lock">
          <p>
            <strong>{t('card.asked')}</strong>
          </p>
          <p>{t('card.asked.text')}</p>
        </Callout>
      )
    case 'verifying':
      return <p class="loading">{t('card.verifying')}</p>
  }
}

/** Somebody else is signed in here: with their session ended, the card in the reader may sign in. */
function SignOutFirst({ onDone }: { onDone(): void }) {
  const submit = useSubmit()
  const [failed, setFailed] = useState(false)
  const leave = (): void =>
    void submit.run(async () => {
      setFailed(false)
      await signOut()
      session.set({ state: 'signed-out' })
      onDone()
    }, () => setFailed(true))
  return (
    <>
      <Button type="button" kind="quiet" busy={submit.busy} onClick={leave}>
        {t('sign-out')}
      </Button>
      {failed && <span role="alert">{t('sign-out.failed')}</span>}
    </>
  )
}
