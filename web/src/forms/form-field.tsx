import { Checkbox, Checkboxes, Radios } from '../components/choices'
import { DateInput } from '../components/date-input'
import { Input, Select, Textarea, type Choice } from '../components/inputs'
import { localised, t } from '../i18n'
import { valueAt } from './pointer'
import type { Answer, Answers, Field, Schema } from './types'
import { isRequired, schemaAt } from './validate'

interface Props {
  field: Field
  schema: Schema
  answers: Answers
  error?: string
  onAnswer(path: string, value: Answer | null): void
}

const MANY_CHOICES = 8

/** The control's id on the page. */
export function fieldId(path: string): string {
  return `answer${path.replaceAll('/', '-')}`
}

/** One question of a form, as its widget says. */
export function FormField({ field, schema, answers, error, onAnswer }: Props) {
  const rule = schemaAt(schema, field.path) ?? {}
  const value = valueAt(answers, field.path)
  const text = value === null ? '' : String(value)
  const question = {
    id: fieldId(field.path),
    label: localised(field.label),
    hint: field.hint && localised(field.hint),
    error,
    optional: !isRequired(schema, field.path),
  }
  const answer = (next: Answer | null): void => onAnswer(field.path, next)
  switch (field.widget) {
    case 'textarea':
      return (
        <Textarea
          {...question}
          rows={field.rows}
          autocomplete={field.autocomplete}
          maxLength={rule.maxLength}
          value={text}
          onInput={answer}
        />
      )
    case 'addressee':
    case 'radio':
      return choices(field).length > MANY_CHOICES ? (
        <Select {...question} choices={choices(field)} prompt={t('select.prompt')} value={text} onChange={answer} />
      ) : (
        <Radios {...question} choices={choices(field)} value={text} onChange={answer} />
      )
    case 'select':
      return <Select {...question} choices={choices(field)} prompt={t('select.prompt')} value={text} onChange={answer} />
    case 'checkbox':
      return <Checkbox {...question} checked={value === true} onChange={(on) => answer(on || null)} />
    case 'checkboxes':
      return <Checkboxes {...question} choices={choices(field)} values={Array.isArray(value) ? value.map(String) : []} onChange={answer} />
    case 'date':
      return <DateInput {...question} value={text} onChange={answer} />
    default:
      return (
        <Input
          {...question}
          inputmode={field.inputmode}
          autocomplete={field.autocomplete}
          value={text}
          onInput={(typed) => answer(numeric(rule) ? numberOf(typed) : typed)}
        />
      )
  }
}

function choices(field: Field): Choice[] {
  return (field.options ?? []).map(({ value, label, hint }) => ({ value, text: localised(label), hint: hint && localised(hint) }))
}

function numeric(rule: Schema): boolean {
  return rule.type === 'number' || rule.type === 'integer'
}

/** What is no number stays as it was typed, and is refused when it is checked. */
function numberOf(typed: string): number | string {
  const text = typed.trim().replace(',', '.')
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : typed
}
