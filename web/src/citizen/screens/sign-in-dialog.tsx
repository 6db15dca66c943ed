import type { Session } from '../../api/types'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { t } from '../i18n'
import { enter, session } from '../session'
import { SignInForm } from './sign-in-form'

interface Props {
  /** Whether the same person is signed in again, so that the interrupted action can be repeated. */
  onClose(signedIn: boolean): void
}

/** Signs in again over the page, so that nothing typed there is lost. */
export function SignInDialog({ onClose }: Props) {
  const signedIn = (next: Session): void => {
    const before = session.get()
    if (!samePerson(before, next)) {
      // Somebody else must not find these answers on the screen.
      window.location.assign('/')
      return
    }
    if (next.state !== 'ready') return enter(next)
    session.set(next)
    onClose(true)
  }
  return (
    <Dialog id="again" title={t('again.title')} onCancel={() => onClose(false)}>
      <p>{t('again.kept')}</p>
      <SignInForm prefix="again-" onSignedIn={signedIn} />
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
