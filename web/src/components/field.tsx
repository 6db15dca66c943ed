/** The parts around every question: group, label or legend, hint, error. */
import type { ComponentChildren } from 'preact'
import { t } from '../i18n'

export interface Question {
  id: string
  label: string
  hint?: string
  error?: string
  /** The question is the page's own heading. */
  heading?: boolean
  optional?: boolean
}

/** Ids that describe the control, in reading order. */
export function describedBy({ id, hint, error }: Question, extra?: string): string | undefined {
  const ids = [hint && `${id}-hint`, error && `${id}-error`, extra].filter(Boolean)
  return ids.length > 0 ? ids.join(' ') : undefined
}

export function FormGroup({ error, class: extra, children }: { error?: string; class?: string; children: ComponentChildren }) {
  const classes = ['govuk-form-group', error && 'govuk-form-group--error', extra].filter(Boolean)
  return <div class={classes.join(' ')}>{children}</div>
}

export function Label({ id, label, optional }: Question) {
  return (
    <label class="govuk-label" for={id}>
      {label}
      {optional && <Optional />}
    </label>
  )
}

function Optional() {
  return <span class="optional"> ({t('field.optional')})</span>
}

export function Hint({ id, hint }: Question) {
  return hint ? (
    <div id={`${id}-hint`} class="govuk-hint">
      {hint}
    </div>
  ) : null
}

export function ErrorMessage({ id, error }: Pick<Question, 'id' | 'error'>) {
  return error ? (
    <p id={`${id}-error`} class="govuk-error-message">
      <span class="govuk-visually-hidden">{t('error.prefix')}</span> {error}
    </p>
  ) : null
}

/** A group of controls that answer one question. */
export function Fieldset({ question, role, children }: { question: Question; role?: 'group'; children: ComponentChildren }) {
  return (
    <fieldset class="govuk-fieldset" role={role} aria-describedby={describedBy(question)}>
      <legend class="govuk-fieldset__legend">
        {question.label}
        {question.optional && <Optional />}
      </legend>
      <Hint {...question} />
      <ErrorMessage {...question} />
      {children}
    </fieldset>
  )
}
