import { useEffect, useRef, useState } from 'preact/hooks'
import { isProblem, Problem, type FieldError } from '../../api/client'
import { Intention } from '../../api/intention'
import { useSubmit } from '../../api/submit'
import type { CheckedDraft } from '../../api/types'
import { Button } from '../../components/button'
import { ErrorSummary } from '../../components/error-summary'
import { failureText } from '../../components/failure'
import { Heading, useTitle } from '../../components/page'
import { Progress } from '../../components/steps'
import { Loading, SummaryList } from '../../components/texts'
import { answerText } from '../../forms/answer-text'
import { errorMessage } from '../../forms/messages'
import { valueAt } from '../../forms/pointer'
import type { FormPage } from '../../forms/types'
import { fieldAt, visibleFields } from '../../forms/visibility'
import { localised } from '../../i18n'
import { navigate } from '../../router'
import { t } from '../i18n'
import { applicantRows } from './applicant'
import { ApplicationDetails } from './bytes'
import type { DraftOnScreen } from './use-draft'

interface Props {
  onScreen: DraftOnScreen
  pages: FormPage[]
  onLeave(): void
  onDelete(): void
}

/** Everything once more before it is sent: answers, applicant, and the exact bytes. */
export function CheckPage({ onScreen, pages, onLeave, onDelete }: Props) {
  const [checked, setChecked] = useState<CheckedDraft | null>(null)
  const [wrong, setWrong] = useState<FieldError[]>([])
  const [failure, setFailure] = useState<string | null>(null)
  const intention = useRef(new Intention())
  const submit = useSubmit()
  const { draft } = onScreen
  useTitle({ title: `${t('check.title')}, ${localised(draft.service_title)}`, failed: wrong.length > 0 || failure !== null })

  const check = (): void => {
    setFailure(null)
    setWrong([])
    void submit.run(
      async () => setChecked(await onScreen.check()),
      (error) => {
        if (error instanceof Problem && error.errors.length > 0) setWrong(error.errors)
        else setFailure(failureText(error))
      },
    )
  }
  useEffect(check, [])

  const send = (event: Event): void => {
    event.preventDefault()
    setFailure(null)
    void submit.run(
      async () => {
        const sent = await onScreen.send((etag) => intention.current.keyFor([draft.draft_id, etag]))
        if (sent === 'stale') {
          setChecked(await onScreen.check())
          setFailure(t('check.again'))
        } else if (sent) await navigate(`/requests/${sent.request_id}/sent`)
      },
      (error) => {
        if (isProblem(error, 'already-sent')) return void navigate('/requests')
        if (isProblem(error, 'draft-not-checked')) setChecked(null)
        setFailure(error instanceof Problem ? failureText(error) : t('check.unknown'))
      },
    )
  }
  return (
    <form onSubmit={send} class="check">
      <ErrorSummary
        errors={[
          ...wrong.map((error) => ({
            text: errorMessage(draft.service.form, error),
            target: 'answers',
            onFollow: () => void navigate(`/drafts/${draft.draft_id}/${error.page ?? fieldAt(draft.service.form, error.pointer)?.page.id ?? ''}`),
          })),
          ...(failure ? [{ text: failure }] : []),
        ]}
        attempt={submit.attempt}
      />
      <p class="meta">{localised(draft.service_title)}</p>
      <Progress step={pages.length + 1} of={pages.length + 1} />
      <Heading class="heading-l">{t('check.title')}</Heading>
      <h2 class="heading-m" id="answers">
        {t('check.answers')}
      </h2>
      <Answers onScreen={onScreen} pages={pages} />
      <h2 class="heading-m">{t('check.applicant')}</h2>
      <SummaryList rows={applicantRows(checked?.applicant ?? draft.applicant)} />
      {submit.busy && !checked && <Loading />}
      {checked && (
        <>
          <ApplicationDetails application={checked.application} summary={t('check.bytes')} />
          <p>{t('check.before', { addressee: localised(checked.addressee_name ?? draft.service.title) })}</p>
          <div class="actions">
            <Button busy={submit.busy} icon="send">
              {t('check.send')}
            </Button>
            {!submit.busy && (
              <Button type="button" kind="quiet" onClick={onLeave}>
                {t('form.leave')}
              </Button>
            )}
          </div>
        </>
      )}
      {!checked && !submit.busy && wrong.length === 0 && (
        <Button type="button" kind="secondary" onClick={check}>
          {t('fail.retry')}
        </Button>
      )}
      <p class="quiet-alone">
        <Button type="button" kind="quiet" onClick={onDelete}>
          {t('draft.delete')}
        </Button>
      </p>
    </form>
  )
}

function Answers({ onScreen, pages }: Pick<Props, 'onScreen' | 'pages'>) {
  const { draft, answers } = onScreen
  const rows = pages.flatMap((page) =>
    visibleFields(page, answers).map((field) => ({
      key: localised(field.label),
      value: answerText(field, valueAt(answers, field.path)),
      change: { to: `/drafts/${draft.draft_id}/${page.id}`, label: localised(field.label) },
    })),
  )
  return <SummaryList rows={rows} />
}
