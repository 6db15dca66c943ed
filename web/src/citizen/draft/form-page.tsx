import type { Submit } from '../../api/submit'
import { Button } from '../../components/button'
import { ErrorSummary, type ErrorLine } from '../../components/error-summary'
import { Columns, Heading, useTitle } from '../../components/page'
import { Progress } from '../../components/steps'
import { Icon } from '../../components/icons'
import { fieldId, FormField } from '../../forms/form-field'
import { errorMessage } from '../../forms/messages'
import type { FormPage } from '../../forms/types'
import { validatePage } from '../../forms/validate'
import { visibleFields } from '../../forms/visibility'
import { localised } from '../../i18n'
import { formatTime } from '../../i18n/dates'
import { navigate } from '../../router'
import { t } from '../i18n'
import { ApplicantFacts } from './applicant'
import type { Refusal } from './draft-screen'
import type { DraftOnScreen } from './use-draft'

interface Props {
  onScreen: DraftOnScreen
  page: FormPage
  step: number
  steps: number
  next: string
  refusal: Refusal
  onRefusal(refusal: Refusal): void
  submit: Submit
  refused(error: unknown): void
  onLeave(): void
  onDelete(): void
}

/** One page of questions; going on saves it first. */
export function FormPageView({ onScreen, page, step, steps, next, refusal, onRefusal, submit, refused, onLeave, onDelete }: Props) {
  const { draft, answers } = onScreen
  const { form } = draft.service
  const failed = refusal.text !== null || refusal.fields.length > 0
  useTitle({ title: `${localised(page.title)}, ${localised(draft.service_title)}`, failed })

  const goOn = (event: Event): void => {
    event.preventDefault()
    const fields = validatePage(form, page, answers)
    if (fields.length > 0) return onRefusal({ text: null, fields })
    void submit.run(async () => {
      if (await onScreen.save(next)) await navigate(`/drafts/${draft.draft_id}/${next}`)
    }, refused)
  }
  const messageAt = (path: string): string | undefined => {
    const found = refusal.fields.find(({ pointer }) => pointer === path || pointer.startsWith(`${path}/`))
    return found && errorMessage(form, found)
  }
  return (
    <Columns side={<ApplicantFacts applicant={draft.applicant} />}>
      <form onSubmit={goOn} noValidate>
        <ErrorSummary errors={lines(onScreen, page, refusal)} attempt={submit.attempt} />
        <p class="meta">{localised(draft.service_title)}</p>
        <Progress step={step} of={steps} />
        <Heading class="heading-l">{localised(page.title)}</Heading>
        {visibleFields(page, answers).map((field) => (
          <FormField
            key={field.path}
            field={field}
            schema={form.schema}
            answers={answers}
            error={messageAt(field.path)}
            onAnswer={onScreen.answer}
          />
        ))}
        <div class="actions">
          <Button busy={submit.busy}>{t('form.continue')}</Button>
          {!submit.busy && (
            <Button type="button" kind="quiet" onClick={onLeave}>
              {t('form.leave')}
            </Button>
          )}
        </div>
        <p class="saved" role="status">
          <Icon name="check" />
          {t('draft.saved-at', { time: formatTime(onScreen.savedAt) })}
        </p>
        <p class="quiet-alone">
          <Button type="button" kind="quiet" onClick={onDelete}>
            {t('draft.delete')}
          </Button>
        </p>
      </form>
    </Columns>
  )
}

/** Lines that lead to a control of this page, or to the page on which the control is. */
function lines({ draft }: DraftOnScreen, page: FormPage, refusal: Refusal): ErrorLine[] {
  const found = refusal.fields.map((error): ErrorLine => {
    const here = page.fields.find(({ path }) => error.pointer === path || error.pointer.startsWith(`${path}/`))
    const elsewhere = here ? undefined : error.page
    return {
      text: errorMessage(draft.service.form, error),
      target: fieldId(here?.path ?? error.pointer),
      onFollow: elsewhere ? () => void navigate(`/drafts/${draft.draft_id}/${elsewhere}`) : undefined,
    }
  })
  return refusal.text === null ? found : [...found, { text: refusal.text }]
}
