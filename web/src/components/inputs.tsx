import { useState } from 'preact/hooks'
import { t } from '../i18n'
import { formatNumber } from '../i18n/numbers'
import { describedBy, ErrorMessage, FormGroup, Hint, Label, type Question } from './field'

interface TextProps extends Question {
  name?: string
  value: string
  onInput(value: string): void
  autocomplete?: string
  inputmode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email'
  disabled?: boolean
}

interface InputProps extends TextProps {
  type?: 'text' | 'email' | 'tel' | 'search'
  width?: '2' | '4' | '5' | '10' | '20' | '30'
  prefix?: string
  spellcheck?: boolean
  /** Digits in which each one counts: a code, a personal number. */
  digits?: boolean
}

function withError(base: string, error: string | undefined): string {
  return error ? `${base} ${base}--error` : base
}

export function Input(props: InputProps) {
  const { id, name = id, value, onInput, type = 'text', width, prefix, digits, error } = props
  const classes = [withError('govuk-input', error), width && `govuk-input--width-${width}`, digits && 'govuk-input--digits']
  const input = (
    <input
      class={classes.filter(Boolean).join(' ')}
      id={id}
      name={name}
      type={type as 'text'}
      value={value}
      spellcheck={props.spellcheck}
      autocomplete={props.autocomplete}
      inputMode={props.inputmode}
      disabled={props.disabled}
      aria-describedby={describedBy(props)}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  )
  return (
    <FormGroup error={error}>
      <Label {...props} />
      <Hint {...props} />
      <ErrorMessage {...props} />
      {prefix ? (
        <div class="govuk-input__wrapper">
          <div class="govuk-input__prefix" aria-hidden="true">
            {prefix}
          </div>
          {input}
        </div>
      ) : (
        input
      )}
    </FormGroup>
  )
}

interface PasswordProps extends TextProps {
  autocomplete: 'current-password' | 'new-password' | 'one-time-code'
}

/** A password that can be looked at while typing. */
export function PasswordInput(props: PasswordProps) {
  const { id, name = id, value, onInput, error } = props
  const [shown, setShown] = useState(false)
  return (
    <FormGroup error={error} class="govuk-password-input">
      <Label {...props} />
      <Hint {...props} />
      <ErrorMessage {...props} />
      <div class="govuk-input__wrapper govuk-password-input__wrapper">
        <input
          class={`${withError('govuk-input', error)} govuk-password-input__input`}
          id={id}
          name={name}
          type={(shown ? 'text' : 'password') as 'password'}
          value={value}
          spellcheck={false}
          autocomplete={props.autocomplete}
          autocapitalize="none"
          aria-describedby={describedBy(props)}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        <button
          type="button"
          class="govuk-button govuk-button--secondary govuk-password-input__toggle"
          aria-controls={id}
          aria-label={t(shown ? 'password.hide.long' : 'password.show.long')}
          onClick={() => setShown(!shown)}
        >
          {t(shown ? 'password.hide' : 'password.show')}
        </button>
      </div>
    </FormGroup>
  )
}

interface TextareaProps extends TextProps {
  rows?: number
  /** Shows how many characters are left; a longer text is kept, and refused when it is checked. */
  maxLength?: number
}

export function Textarea(props: TextareaProps) {
  const { id, name = id, value, onInput, rows = 5, maxLength, error } = props
  return (
    <FormGroup error={error} class={maxLength ? 'govuk-character-count' : undefined}>
      <Label {...props} />
      <Hint {...props} />
      <ErrorMessage {...props} />
      <textarea
        class={withError('govuk-textarea', error)}
        id={id}
        name={name}
        rows={rows}
        value={value}
        autocomplete={props.autocomplete}
        aria-describedby={describedBy(props, maxLength ? `${id}-info` : undefined)}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {maxLength && <Count id={id} left={maxLength - [...value].length} />}
    </FormGroup>
  )
}

function Count({ id, left }: { id: string; left: number }) {
  const text = left >= 0 ? t('count.left', { n: formatNumber(left) }) : t('count.over', { n: formatNumber(-left) })
  const tone = left >= 0 ? 'govuk-hint' : 'govuk-error-message'
  return (
    <div id={`${id}-info`} class={`${tone} govuk-character-count__message`}>
      {text}
    </div>
  )
}

export interface Choice {
  value: string
  text: string
  hint?: string
}

interface SelectProps extends Question {
  name?: string
  value: string
  choices: Choice[]
  /** The first line, chosen as long as nothing is. */
  prompt?: string
  onChange(value: string): void
}

export function Select(props: SelectProps) {
  const { id, name = id, value, choices, prompt, onChange, error } = props
  return (
    <FormGroup error={error}>
      <Label {...props} />
      <Hint {...props} />
      <ErrorMessage {...props} />
      <select
        class={withError('govuk-select', error)}
        id={id}
        name={name}
        aria-describedby={describedBy(props)}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {prompt !== undefined && (
          <option value="" selected={value === ''}>
            {prompt}
          </option>
        )}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.text}
          </option>
        ))}
      </select>
    </FormGroup>
  )
}
