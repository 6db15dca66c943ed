import type { OperatorSession } from '../../api/types'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { t } from '../i18n'
import { enter, session } from '../session'
import { SignInForm } from './sign-in-form'

interface Props {
  /** Whether the same operator is signed in again, so that the interrupted action can be repeated. */
  onClose(signedIn: boolean): void
}

/**
 * Signs in again over the page, so that a registration that was typed is not lost. The page behind is hidden:
 * a citizen's data do not stay on an unattended screen.
 */
export function SignInDialog({ onClose }: Props) {
  const signedIn = (next: OperatorSession): void => {
    const before = session.get()
    if (!sameOperator(before, next)) {
      // A colleague begins with an empty form.
      window.location.reload()
      return
    }
    session.set(next)
    onClose(true)
  }
  return (
    <Dialog id="again" title={t('again.title')} opaque onCancel={() => onClose(false)}>
      <p>{t('again.kept')}</p>
      <SignInForm prefix="again-" onSignedIn={signedIn} />
      <Button type="button" kind="quiet" onClick={() => enter({ state: 'signed-out' })}>
        {t('again.discard')}
      </Button>
    </Dialog>
  )
}

export function sameOperator(before: unknown, next: OperatorSession): boolean {
  const known = (before as OperatorSession).operator
  return known !== undefined && known.email.toLowerCase() === next.operator?.email.toLowerCase()
}
