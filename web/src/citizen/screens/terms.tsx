import { isProblem } from '../../api/client'
import { useSubmit } from '../../api/submit'
import { useResource } from '../../api/resource'
import { useState } from 'preact/hooks'
import type { Terms } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText, PageFailure } from '../../components/failure'
import { Heading, Main, useTitle, Width } from '../../components/page'
import { Loading } from '../../components/texts'
import { lang } from '../../i18n'
import { formatLongDate } from '../../i18n/dates'
import { acceptTerms, readTerms } from '../api'
import { t } from '../i18n'
import { enter, session } from '../session'
import { leave } from './sign-out'

/** The portal's terms: to read at any time, and to accept before the first use. */
export function TermsScreen({ toAccept = false }: { toAccept?: boolean }) {
  const terms = useResource('terms', (signal) => readTerms({ signal }))
  useTitle({ title: t('footer.terms') })
  return (
    <Main>
      <Width>
        {terms.state === 'loading' && <Loading />}
        {terms.state === 'failed' && <PageFailure error={terms.error} onRetry={terms.reload} />}
        {terms.state === 'ready' && <TermsText terms={terms.data} toAccept={toAccept} />}
      </Width>
    </Main>
  )
}

function TermsText({ terms, toAccept }: { terms: Terms; toAccept: boolean }) {
  const text = terms[lang()]
  return (
    <article class="text">
      <Heading>{text.title}</Heading>
      <p class="meta">{t('terms.version', { date: formatLongDate(terms.date) })}</p>
      {toAccept && <p class="lead">{t('terms.before')}</p>}
      {text.sections.map((section) => (
        <section key={section.heading}>
          <h2 class="heading-m">{section.heading}</h2>
          {section.paragraphs.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </section>
      ))}
      {toAccept && <Decision version={terms.version} />}
    </article>
  )
}

function Decision({ version }: { version: string }) {
  const submit = useSubmit()
  const [failure, setFailure] = useState<unknown>(null)
  const failed = (error: unknown): void => {
    if (isProblem(error, 'signed-out')) session.set({ state: 'signed-out' })
    else setFailure(error)
  }
  const run = (action: () => Promise<void>) => (): void => void submit.run(action, failed)
  return (
    <div class="card decision">
      <ErrorSummary errors={failure ? [{ text: failureText(failure) }] : []} attempt={submit.attempt} />
      <h2 class="heading-m">{t('terms.question')}</h2>
      <p>{t('terms.refusal')}</p>
      <div class="actions">
        <Button type="button" busy={submit.busy} onClick={run(async () => enter(await acceptTerms(version)))}>
          {t('terms.accept')}
        </Button>
        <Button type="button" kind="secondary" busy={submit.busy} onClick={run(leave)}>
          {t('terms.refuse')}
        </Button>
      </div>
    </div>
  )
}
