import { describedBy, ErrorMessage, Fieldset, FormGroup, type Question } from './field'
import type { Choice } from './inputs'

interface RadiosProps extends Question {
  name?: string
  value: string
  choices: Choice[]
  onChange(value: string): void
}

/** Ids as GOV.UK gives them: the first control has the group's, so that an error links to it. */
function controlId(id: string, index: number): string {
  return index === 0 ? id : `${id}-${index + 1}`
}

export function Radios(props: RadiosProps) {
  const { id, name = id, value, choices, onChange, error } = props
  return (
    <FormGroup error={error}>
      <Fieldset question={props}>
        <div class="govuk-radios">
          {choices.map((choice, index) => (
            <div class="govuk-radios__item" key={choice.value}>
              <input
                class="govuk-radios__input"
                id={controlId(id, index)}
                name={name}
                type="radio"
                value={choice.value}
                checked={choice.value === value}
                aria-describedby={choice.hint && `${controlId(id, index)}-item-hint`}
                onChange={() => onChange(choice.value)}
              />
              <label class="govuk-label govuk-radios__label" for={controlId(id, index)}>
                {choice.text}
              </label>
              {choice.hint && (
                <div id={`${controlId(id, index)}-item-hint`} class="govuk-hint govuk-radios__hint">
                  {choice.hint}
                </div>
              )}
            </div>
          ))}
        </div>
      </Fieldset>
    </FormGroup>
  )
}

interface CheckboxesProps extends Question {
  name?: string
  values: string[]
  choices: Choice[]
  onChange(values: string[]): void
}

export function Checkboxes(props: CheckboxesProps) {
  const { id, name = id, values, choices, onChange, error } = props
  const toggle = (value: string, on: boolean): void => {
    // The order of the choices, whatever the order of the ticks.
    onChange(choices.map((choice) => choice.value).filter((item) => (item === value ? on : values.includes(item))))
  }
  return (
    <FormGroup error={error}>
      <Fieldset question={props}>
        <div class="govuk-checkboxes">
          {choices.map((choice, index) => (
            <CheckboxItem
              key={choice.value}
              id={controlId(id, index)}
              name={name}
              choice={choice}
              checked={values.includes(choice.value)}
              onChange={(on) => toggle(choice.value, on)}
            />
          ))}
        </div>
      </Fieldset>
    </FormGroup>
  )
}

interface CheckboxProps extends Question {
  name?: string
  checked: boolean
  onChange(checked: boolean): void
}

/** One statement to agree with. */
export function Checkbox(props: CheckboxProps) {
  const { id, name = id, label, hint, checked, onChange, error } = props
  return (
    <FormGroup error={error}>
      <ErrorMessage id={id} error={error} />
      <div class="govuk-checkboxes">
        <CheckboxItem
          id={id}
          name={name}
          choice={{ value: 'yes', text: label, hint }}
          checked={checked}
          describedBy={describedBy({ id, label, error })}
          onChange={onChange}
        />
      </div>
    </FormGroup>
  )
}

interface ItemProps {
  id: string
  name: string
  choice: Choice
  checked: boolean
  describedBy?: string
  onChange(checked: boolean): void
}

function CheckboxItem({ id, name, choice, checked, describedBy: outer, onChange }: ItemProps) {
  const description = [choice.hint && `${id}-item-hint`, outer].filter(Boolean).join(' ')
  return (
    <div class="govuk-checkboxes__item">
      <input
        class="govuk-checkboxes__input"
        id={id}
        name={name}
        type="checkbox"
        value={choice.value}
        checked={checked}
        aria-describedby={description || undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label class="govuk-label govuk-checkboxes__label" for={id}>
        {choice.text}
      </label>
      {choice.hint && (
        <div id={`${id}-item-hint`} class="govuk-hint govuk-checkboxes__hint">
          {choice.hint}
        </div>
      )}
    </div>
  )
}
