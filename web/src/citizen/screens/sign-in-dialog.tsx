import { useEffect, useRef } from 'preact/hooks'
import type { Session } from '../../api/types'
import { Button } from '../../components/button'
import { t } from '../i18n'
import { enter, session } from '../session'
import { SignInForm } from './sign-in-form'

interface Props {
  /** Whether the same person is signed in again, so that the interrupted action can be repeated. */
  onClose(signedIn: boolean): void
}

/** Signs in again over the page, so that nothing typed there is lost. */
export function SignInDialog({ onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    dialog.current?.querySelector('input')?.focus()
  }, [])

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
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby="again-title"
      onCancel={(event) => {
        event.preventDefault()
        onClose(false)
      }}
    >
      <h2 class="heading-m" id="again-title">
        {t('again.title')}
      </h2>
      <p>{t('again.kept')}</p>
      <SignInForm prefix="again-" onSignedIn={signedIn} />
      <Button type="button" kind="quiet" onClick={() => onClose(false)}>
        {t('cancel')}
      </Button>
    </dialog>
  )
}

function samePerson(before: unknown, next: Session): boolean {
  const known = (before as Session).citizen
  return !known || (known.first_name === next.citizen?.first_name && known.last_name === next.citizen.last_name)
}
