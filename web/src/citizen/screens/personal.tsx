import type { ComponentChildren } from 'preact'
import { isProblem } from '../../api/client'
import type { Resource } from '../../api/resource'
import { PageFailure } from '../../components/failure'
import { Heading, Main, Width } from '../../components/page'
import { Loading } from '../../components/texts'
import { t } from '../i18n'
import { enter, refreshSession, session } from '../session'
import { NotFoundScreen } from './not-found'
import { SignInChoice } from './sign-in-choice'
import { useEffect } from 'preact/hooks'

interface Props<T> {
  resource: Resource<T>
  children: (data: T) => ComponentChildren
}

/** A page of the citizen's own: loads, or says why not; an ended session is begun again on the spot. */
export function PersonalPage<T>({ resource, children }: Props<T>) {
  const { error } = resource
  const unready = ['contact-required', 'new-password-required', 'terms-required'].some((code) => isProblem(error, code))
  useEffect(() => {
    if (unready) void refreshSession()
  }, [unready])
  if (resource.state === 'ready') return <>{children(resource.data)}</>
  if (isProblem(error, 'not-found')) return <NotFoundScreen />
  return (
    <Main>
      <Width>
        {resource.state === 'loading' && <Loading />}
        {isProblem(error, 'signed-out') && <SignInAgain onDone={resource.reload} />}
        {resource.state === 'failed' && !isProblem(error, 'signed-out') && <PageFailure error={error} onRetry={resource.reload} />}
      </Width>
    </Main>
  )
}

function SignInAgain({ onDone }: { onDone(): void }) {
  return (
    <div class="narrow">
      <Heading>{t('again.title')}</Heading>
      <p class="lead">{t('again.text')}</p>
      <SignInChoice
        onSignedIn={(signed) => {
          if (signed.state === 'ready') {
            session.set(signed)
            onDone()
          } else enter(signed)
        }}
      />
    </div>
  )
}
