import { useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../i18n'

export interface ErrorLine {
  /** The control to go to; none where the error belongs to no field. */
  target?: string
  text: string
  onFollow?: () => void
}

interface Props {
  errors: ErrorLine[]
  /** Changes with every refused attempt: the summary then takes the focus again. */
  attempt?: number
  title?: string
}

/** What has to be put right: takes the focus, names every field and leads to it. */
export function ErrorSummary({ errors, attempt = 0, title }: Props) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (errors.length > 0) box.current?.focus()
  }, [attempt, errors.length > 0])
  if (errors.length === 0) return null
  return (
    <div class="govuk-error-summary" tabIndex={-1} ref={box}>
      <div role="alert">
        <h2 class="govuk-error-summary__title">{title ?? summaryTitle(errors)}</h2>
        <div class="govuk-error-summary__body">
          <ul class="govuk-list govuk-error-summary__list">
            {errors.map((error, index) => (
              <li key={index}>{error.target ? <ErrorLink error={error} target={error.target} /> : error.text}</li>
            ))}
          </ul>
        </div>
      </div>
    </div>
  )
}

function summaryTitle(errors: ErrorLine[]): string {
  const fields = errors.filter((error) => error.target).length
  return fields > 0 ? t('error.summary', { n: fields }) : t('error.summary.other')
}

function ErrorLink({ error, target }: { error: ErrorLine; target: string }) {
  return (
    <a
      href={`#${target}`}
      onClick={(event) => {
        event.preventDefault()
        if (error.onFollow) error.onFollow()
        else goTo(target)
      }}
    >
      {error.text}
    </a>
  )
}

/** Focuses the control with its label or legend in view, not the bare box (as GOV.UK Frontend does). */
export function goTo(id: string): void {
  const control = document.getElementById(id) ?? document.getElementById(`${id}-day`)
  const focusable = control?.matches('div') ? document.getElementById(`${id}-day`) : control
  const caption = focusable?.closest('fieldset')?.querySelector('legend') ?? document.querySelector(`label[for="${CSS.escape(id)}"]`)
  caption?.scrollIntoView()
  focusable?.focus({ preventScroll: true })
}
