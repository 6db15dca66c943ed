import type { Session } from '../../api/types'
import { Details } from '../../components/texts'
import { CardPart } from '../card/lazy'
import { t } from '../i18n'
import { cameByCard } from '../session'
import { SignInForm } from './sign-in-form'

interface Props {
  onSignedIn(session: Session): void
  prefix?: string
}

/** The way in that the person took before stands first: somebody with a card may have no password. */
export function SignInChoice(props: Props) {
  if (!cameByCard()) return <SignInForm {...props} />
  return (
    <>
      <CardPart>{({ CardSignIn }) => <CardSignIn onSignedIn={props.onSignedIn} />}</CardPart>
      <Details summary={t('login.other')}>
        <SignInForm {...props} />
      </Details>
    </>
  )
}
