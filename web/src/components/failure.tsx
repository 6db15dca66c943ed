import { t } from '../i18n'
import { Problem, Unreachable } from '../api/client'
import { Button } from './button'
import { Heading, useTitle } from './page'
import { Callout } from './texts'

/** What went wrong, in words a person can act on. */
export function failureText(error: unknown): string {
  if (error instanceof Unreachable) return t('fail.unreachable')
  if (!(error instanceof Problem)) return t('fail.internal')
  if (error.code === 'too-many-attempts') {
    const minutes = Math.ceil((error.retryAfter ?? 60) / 60)
    return minutes > 1 ? t('fail.too-many', { n: minutes }) : t('fail.too-many.soon')
  }
  if (error.code === 'not-found') return t('fail.not-found')
  if (error.status === 403) return error.title || t('fail.forbidden')
  if (error.status >= 500) return t('fail.internal')
  return error.title || t('fail.internal')
}

/** A page or a part of it could not be loaded. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <Callout kind="error" live>
      <p>{failureText(error)}</p>
      {onRetry && (
        <Button type="button" kind="secondary" onClick={onRetry}>
          {t('fail.retry')}
        </Button>
      )}
    </Callout>
  )
}

/** The same where it is all that the page has to show. */
export function PageFailure(props: { error: unknown; onRetry: () => void }) {
  useTitle({ title: t('fail.page') })
  return (
    <>
      <Heading>{t('fail.page')}</Heading>
      <Failure {...props} />
    </>
  )
}
