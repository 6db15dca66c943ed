import { useState } from 'preact/hooks'
import { t } from '../i18n'
import { Fieldset, FormGroup, type Question } from './field'

interface DateProps extends Question {
  /** ISO 8601, or what has been typed so far in its place: „2026-13-1“. */
  value: string
  onChange(value: string): void
}

type Part = 'day' | 'month' | 'year'
const PARTS: Part[] = ['day', 'month', 'year']

/** Day, month and year in three boxes. The value is empty only if all three are. */
export function DateInput(props: DateProps) {
  const { id, value, onChange, error } = props
  const [typed, setTyped] = useState(() => partsOf(value))
  const change = (part: Part, text: string): void => {
    const next = { ...typed, [part]: text.trim() }
    setTyped(next)
    onChange(isoOf(next))
  }
  return (
    <FormGroup error={error}>
      <Fieldset question={props} role="group">
        <div class="govuk-date-input" id={id}>
          {PARTS.map((part) => (
            <div class="govuk-date-input__item" key={part}>
              <div class="govuk-form-group">
                <label class="govuk-label govuk-date-input__label" for={`${id}-${part}`}>
                  {t(`date.${part}`)}
                </label>
                <input
                  class={`govuk-input govuk-date-input__input govuk-input--width-${part === 'year' ? 4 : 2}${error ? ' govuk-input--error' : ''}`}
                  id={`${id}-${part}`}
                  name={part}
                  type="text"
                  inputMode="numeric"
                  value={typed[part]}
                  onInput={(event) => change(part, event.currentTarget.value)}
                />
              </div>
            </div>
          ))}
        </div>
      </Fieldset>
    </FormGroup>
  )
}

export function partsOf(value: string): Record<Part, string> {
  const [year = '', month = '', day = ''] = value.split('-')
  return { day: day.replace(/^0(?=\d)/, ''), month: month.replace(/^0(?=\d)/, ''), year }
}

export function isoOf({ day, month, year }: Record<Part, string>): string {
  if (!day && !month && !year) return ''
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}
