import type { Asked, Reason } from '../../api/signed-in'
import type { Session } from '../../api/types'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { CardPart } from '../card/lazy'
import { t, type CitizenKey } from '../i18n'
import { cameByCard, enter, session } from '../session'
import { SignInChoice } from './sign-in-choice'

const WORDS: Record<Reason, { title: CitizenKey; text: CitizenKey }> = {
  'signed-out': { title: 'again.title', text: 'again.kept' },
  'assurance-too-low': { title: 'again.card', text: 'again.card.text' },
  'fresh-sign-in-required': { title: 'again.fresh', text: 'again.fresh.text' },
}

/** Signs in again over the page, so that nothing typed there is lost and the interrupted action can be repeated. */
export function SignInDialog({ reason, onClose }: Asked) {
  const signedIn = (next: Session): void => {
    const before = session.get()
    if (!samePerson(before, next)) {
      // Somebody else must not find these answers on the screen.
      window.location.assign('/')
      return
    }
    if (next.state !== 'ready' && next.state !== before.state) return enter(next)
    session.set(next)
    onClose(true)
  }
  const { title, text } = WORDS[reason]
  return (
    <Dialog id="again" title={t(title)} waits={reason !== 'signed-out' || cameByCard()} onCancel={() => onClose(false)}>
      <p>{t(text)}</p>
      {reason === 'signed-out' ? (
        <SignInChoice prefix="again-" onSignedIn={signedIn} />
      ) : (
        <CardPart>{({ CardSignIn }) => <CardSignIn onSignedIn={signedIn} />}</CardPart>
      )}
      <Button type="button" kind="quiet" onClick={() => onClose(false)}>
        {t('cancel')}
      </Button>
    </Dialog>
  )
}

function samePerson(before: unknown, next: Session): boolean {
  const known = (before as Session).citizen
  return !known || (known.first_name === next.citizen?.first_name && known.last_name === next.citizen.last_name)
}
